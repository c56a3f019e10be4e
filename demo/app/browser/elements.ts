type Attributes = Readonly<Record<string, string | boolean>>

/** Makes an element. Children are elements or text: a string never becomes markup. */
export function el(
  tag: string,
  attributes: Attributes,
  ...children: readonly (Node | string)[]
): HTMLElement {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '')
    else if (value !== false) element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

/** Words from the chart, whose direction is their own. */
export function bdi(text: string, testId?: string): HTMLElement {
  return el('bdi', testId === undefined ? {} : { 'data-testid': testId }, text)
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`The page lacks #${id}`)
  return element
}

/**
 * The plainest reading of the grammar and of what a scope reaches, one word at a time, to hold the product's parser and
 * both enforcers against. Nothing of the product is used. SMART App Launch 2.2 scopes-and-launch-context, spec 1.6
 */

type Read = { level: string; type: string; letters: string; pairs: [string, string][] }

/** A scope on resources by the ABNF, or undefined. `letters` are those of v2. */
export function readScope(text: string): Read | undefined {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code <= 0x20 || code > 0x7e || character === '"' || character === '\\') return undefined
  }
  const [path = '', ...rest] = text.split('?')
  const query = rest.length > 0 ? rest.join('?') : undefined
  const slash = path.indexOf('/')
  const dot = path.indexOf('.')
  if (slash < 0 || dot < slash) return undefined
  const [level, type, letters] = [path.slice(0, slash), path.slice(slash + 1, dot), path.slice(dot + 1)]
  if (!['patient', 'user', 'system'].includes(level)) return undefined
  if (type !== '*' && !isTypeName(type)) return undefined
  const old = new Map([
    ['read', 'rs'],
    ['write', 'cud'],
    ['*', 'cruds'],
  ]).get(letters)
  if (old !== undefined) return query === undefined ? { level, type, letters: old, pairs: [] } : undefined
  if (!isInOrder(letters)) return undefined
  const pairs: [string, string][] = []
  for (const part of query === undefined ? [] : query.split('&')) {
    const equals = part.indexOf('=')
    if (equals < 1 || equals === part.length - 1) return undefined
    pairs.push([part.slice(0, equals), part.slice(equals + 1)])
  }
  return { level, type, letters, pairs }
}

/** Whether a list of scopes reaches a resource: any one of them alone does. Only `category` is understood here. */
export function reaches(
  granted: readonly string[],
  interaction: 'read' | 'search',
  resource: { readonly resourceType: string },
): boolean {
  for (const text of granted) {
    const scope = readScope(text)
    if (scope?.level !== 'patient') continue
    if (scope.type !== '*' && scope.type !== resource.resourceType) continue
    if (!scope.letters.includes(interaction === 'read' ? 'r' : 's')) continue
    if (scope.pairs.every(([name, value]) => name === 'category' && hasCategory(resource, value))) return true
  }
  return false
}

/** Whether one of the tokens between commas is a category of the resource. */
export function hasCategory(resource: object, value: string): boolean {
  const found: string[] = []
  const { category = [] } = JSON.parse(JSON.stringify(resource))
  for (const concept of category)
    for (const { system = '', code = '' } of concept.coding ?? []) found.push(`${system}|${code}`, code)
  return value.split(',').some((token) => found.includes(token))
}

function isTypeName(text: string): boolean {
  const letters = [...text]
  const [first = ''] = letters
  const isLetter = (one: string): boolean => (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z')
  return letters.length >= 2 && first >= 'A' && first <= 'Z' && letters.every(isLetter)
}

function isInOrder(letters: string): boolean {
  let at = -1
  for (const letter of letters) {
    const next = 'cruds'.indexOf(letter)
    if (next <= at) return false
    at = next
  }
  return letters !== ''
}

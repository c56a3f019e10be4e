import { expect, type Locator, type Page } from '@playwright/test'

/** Tabs on until a thing has the focus. Every stop on the way has to show that it has it. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let stops = 0; stops < 80; stops += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
    expect(await focusLooks(page)).toBe('visible')
  }
  throw new Error(`no way by keyboard to ${target}`)
}

/** Tabs to a thing and presses a key on it. */
export async function pressOn(page: Page, target: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

/** Tabs to a field and types. */
export async function typeInto(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.type(text)
}

/** Whether what has the focus, or the card around it, is outlined and inside the window. */
function focusLooks(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return 'visible'
    const isMarked = [element, element.closest('label')].some((one) => {
      if (!one) return false
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
    })
    const { top, bottom, left, right } = element.getBoundingClientRect()
    const isInside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth
    return isMarked && isInside ? 'visible' : `${isMarked ? 'outside' : 'unmarked'}: ${element.outerHTML}`
  })
}

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Together both widths and both schemes: the palette's own test holds every pair of colours in both. */
const looks = [
  { width: 390, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
] as const

/**
 * Looks at the page that is open: axe on a phone and on a desktop, light and dark, nothing to scroll sideways down to
 * 320 px, one heading of the first level. Failures are collected, so that one run tells all of them.
 */
export async function inspect(page: Page, name: string): Promise<void> {
  const before = page.viewportSize()
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
  for (const { width, colorScheme } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 900 })
    await settled(page)
    const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
    expect.soft(told, `${name}, ${width} px, ${colorScheme}`).toEqual([])
  }
  await page.setViewportSize({ width: 320, height: 700 })
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth)
  expect.soft(sideways, `${name} scrolls sideways at 320 px`).toBeLessThanOrEqual(320)
  if (before) await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
}

/** Colours that are on their way from one scheme to the other are neither: waits until they have arrived. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame += 1)
      await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)))
    await Promise.allSettled(document.getAnimations().map((one) => one.finished))
  })
}

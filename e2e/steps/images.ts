import path from 'node:path'
import type { Page } from '@playwright/test'

/** Takes a picture for the README. It replaces the one in docs/ only when asked to: UPDATE_IMAGES=1. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['UPDATE_IMAGES'] ? 'docs/images' : 'test-results/images'
  const before = page.viewportSize()
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.evaluate(() => window.scrollTo(0, 0))
  await page.screenshot({ path: path.join(import.meta.dirname, '../..', folder, `${name}.png`) })
  if (before) await page.setViewportSize(before)
}

import { expect, type Locator, type Page } from '@playwright/test'

/**
 * Presses what leads to another address and waits until that address is open: whatever is then looked for is the
 * answer to this press, not what the page said before. Next changes address and page in one step.
 */
export async function pressAndArrive(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  const before = page.url()
  await target.click()
  await page.waitForURL((url) => url.href !== before, { waitUntil: 'commit' })
}

/** Presses the button of a plain form, whose answer is a new page, perhaps at the same address; waits until it is there. */
export async function pressAndReload(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  await page.locator('html').evaluate((html) => html.setAttribute('data-asked', ''))
  await target.click()
  await expect(page.locator('html')).not.toHaveAttribute('data-asked')
}

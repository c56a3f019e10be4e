import { expect, type Page } from '@playwright/test'
import type { House } from '../house'
import { wordsIn } from './words'

const { account: say } = wordsIn('en')

/** On My account: closes the chart that is open. */
export async function closeChart(page: Page, house: House): Promise<void> {
  await page.goto(`${house.urls.broker}/account`)
  await page.getByRole('link', { name: say.closeChart }).click()
  await page.getByRole('button', { name: say.closeChart }).click()
  await expect(page.getByText(say.done.chart)).toBeVisible()
}

/** On My account: stops the app. */
export async function stopApp(page: Page, house: House): Promise<void> {
  await page.goto(`${house.urls.broker}/account`)
  await page.getByRole('link', { name: 'Stop Lab Window' }).click()
  await page.getByRole('button', { name: 'Stop Lab Window' }).click()
  await expect(page.getByText(say.done.app)).toBeVisible()
}

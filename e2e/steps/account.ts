import { expect, type Page } from '@playwright/test'
import type { House } from '../house'
import { pressAndArrive } from './press'
import { wordsIn } from './words'

const { account: say } = wordsIn('en')

/** On My account: closes the chart that is open, and waits until it is closed. */
export async function closeChart(page: Page, house: House): Promise<void> {
  await page.goto(`${house.urls.broker}/account`)
  await pressAndArrive(page, page.getByRole('link', { name: say.closeChart }))
  await pressAndArrive(page, page.getByRole('button', { name: say.closeChart }))
  await expect(page.getByText(say.done.chart)).toBeVisible()
}

/** On My account: stops the app, and waits until it is stopped. */
export async function stopApp(page: Page, house: House): Promise<void> {
  await page.goto(`${house.urls.broker}/account`)
  await pressAndArrive(page, page.getByRole('link', { name: 'Stop Lab Window' }))
  await pressAndArrive(page, page.getByRole('button', { name: 'Stop Lab Window' }))
  await expect(page.getByText(say.done.app)).toBeVisible()
}

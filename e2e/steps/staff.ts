import { expect, type Page } from '@playwright/test'
import type { House } from '../house'
import { pressAndArrive } from './press'
import { signInAsStaff } from './sign-in'
import { wordsIn } from './words'

const { stops, staff } = wordsIn('en')

/** Signs in as staff with both steps, on the way to a staff page. */
export async function startWork(page: Page, house: House, userName: string, path = '/staff'): Promise<void> {
  await page.goto(`${house.urls.broker}${path}`)
  await signInAsStaff(page, userName)
  await expect(page).toHaveURL(`${house.urls.broker}${path}`)
}

/** An admin pauses something, by the name it has in the list. */
export async function pause(page: Page, house: House, what: string): Promise<void> {
  await page.goto(`${house.urls.broker}/staff/stops`)
  await page.getByLabel(stops.what).selectOption(what)
  await page.getByLabel(stops.reason).fill('A story of the browser tests')
  await pressAndArrive(page, page.getByRole('button', { name: stops.pause }))
  await expect(page.getByRole('status')).toContainText(stops.done.stopped)
}

/** An admin resumes the one thing that is paused. */
export async function resume(page: Page, house: House): Promise<void> {
  await page.goto(`${house.urls.broker}/staff/stops`)
  await pressAndArrive(page, page.getByRole('button', { name: /^Resume/ }))
  await expect(page.getByRole('status')).toContainText(stops.done.lifted)
}

/** The desk finds a chart by its record number, with a reason, and has it open. */
export async function findChart(page: Page, house: House, mrn: string): Promise<void> {
  await page.goto(`${house.urls.broker}/staff/charts`)
  await page.getByLabel(staff.charts.reason).selectOption('patient-here')
  await page.getByLabel(staff.charts.mrn).fill(mrn)
  await pressAndArrive(page, page.getByRole('button', { name: staff.charts.search }))
  await expect(page.getByText(mrn)).toBeVisible()
}

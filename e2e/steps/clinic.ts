import { expect, type Locator, type Page } from '@playwright/test'
import type { House } from '../house'
import { castMember } from './cast'
import { pressAndReload } from './press'

/** Opens the clinician's page of the EHR as a clinician. */
export async function beClinician(page: Page, house: House, name: string): Promise<void> {
  await page.goto(`${house.urls.ehr}/clinic`)
  await page.getByRole('button', { name }).click()
  await expect(page.getByRole('heading', { name: 'Waiting for release' })).toBeVisible()
}

/** Releases an order that waits or is held, with all its results. */
export async function releaseOrder(
  page: Page,
  key: string,
  title: string,
  list: 'Waiting' | 'Held' = 'Waiting',
): Promise<void> {
  await pressAndReload(page, page.getByRole('link', { name: list, exact: true }))
  await pressAndReload(page, order(page, key, title).getByRole('button', { name: 'Release' }))
  await expect(page.getByRole('status')).toHaveText(/^Released/)
}

/** Holds an order that was released. */
export async function holdOrder(page: Page, key: string, title: string): Promise<void> {
  await pressAndReload(page, page.getByRole('link', { name: 'Released', exact: true }))
  await pressAndReload(page, order(page, key, title).getByRole('button', { name: 'Hold' }))
  await expect(page.getByRole('status')).toHaveText(/^Held/)
}

function order(page: Page, key: string, title: string): Locator {
  return page
    .locator(`section[data-patient="${castMember(key).patientId}"] form.order`)
    .filter({ hasText: title })
    .first()
}

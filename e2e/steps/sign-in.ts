import { expect, type Page } from '@playwright/test'
import type { House } from '../house'
import { pressAndArrive } from './press'

/** On our sign-in page: leaves for a provider. Our leaving page goes on by itself. */
export async function chooseProvider(page: Page, provider = 'sunrise'): Promise<void> {
  await page.locator(`form[action="/api/auth/signin/${provider}"] button`).click()
  await expect(page.getByRole('heading', { name: 'Choose an account' })).toBeVisible()
}

/** On our sign-in page, through the provider and back: as somebody of the cast, or under any other user name. */
export async function signIn(page: Page, userName: string, provider = 'sunrise'): Promise<void> {
  await chooseProvider(page, provider)
  await chooseAccount(page, userName)
}

/** On the provider's page: says who one is. */
export async function chooseAccount(page: Page, userName: string): Promise<void> {
  const known = page.locator(`button[name="person"][value="${userName}"]`)
  // the list is counted when all of it has come
  await page.getByLabel('Somebody else').waitFor()
  if ((await known.count()) > 0) {
    await known.click()
  } else {
    await page.getByLabel('Somebody else').fill(userName)
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
  }
  await page.waitForURL((url) => url.hostname === 'localhost')
}

/** Staff: the workforce's provider asks for a second step, which is done or left out. */
export async function signInAsStaff(
  page: Page,
  userName: string,
  secondStep: 'done' | 'left out' = 'done',
): Promise<void> {
  await chooseProvider(page, 'harbor-staff')
  await page.locator(`button[name="person"][value="${userName}"]`).click()
  const button = secondStep === 'done' ? 'Approve on my phone' : 'Sign in without the second step'
  await page.getByRole('button', { name: button }).click()
  await page.waitForURL((url) => url.hostname === 'localhost')
}

/** Ends the visit in this browser. */
export async function signOut(
  page: Page,
  house: House,
  kind: 'patient' | 'staff' = 'patient',
): Promise<void> {
  await page.goto(`${house.urls.broker}/sign-out?kind=${kind}`)
  await pressAndArrive(page, page.locator('main').getByRole('button', { name: 'Sign out' }))
  await expect(page).toHaveURL(/\/sign-in/)
}

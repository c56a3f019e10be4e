import { expect, type Page } from '@playwright/test'
import type { House } from '../house'
import { castMember } from './cast'
import { confirmChart, enterCode } from './linking'
import { pressAndReload } from './press'
import { signIn } from './sign-in'
import type { Language } from './words'

/** Opens the app and connects: one click, then the clinic's pages. */
export async function connectApp(page: Page, house: House): Promise<void> {
  await page.goto(house.urls.app)
  await page.getByTestId('connect').click()
}

/** The consent page is there. */
export async function expectConsent(page: Page): Promise<void> {
  await page.waitForURL(/\/authorize\/[\w-]+$/)
  await expect(page.locator('button[name="decision"][value="accept"]')).toBeVisible()
}

/** Takes the tick out of a line of the consent page. */
export async function untick(page: Page, item: string): Promise<void> {
  await page.locator(`input[name="item.${item}"]`).uncheck()
}

/** "Allow." */
export async function allowApp(page: Page): Promise<void> {
  await pressAndReload(page, page.locator('button[name="decision"][value="accept"]'))
}

/** "Do not allow." */
export async function declineApp(page: Page): Promise<void> {
  await pressAndReload(page, page.locator('button[name="decision"][value="decline"]'))
}

/** The app shows the results of the connected chart. */
export async function expectResults(page: Page): Promise<void> {
  await expect(page.getByTestId('patient-name')).toBeVisible()
  await expect(page.getByTestId('result-row').first()).toBeVisible()
}

/** The app says what is in the way, and shows no result. */
export async function expectAppSays(page: Page, problem: string): Promise<void> {
  await expect(page.getByTestId('error-box').first()).toHaveAttribute('data-problem', problem)
  await expect(page.getByTestId('result-row')).toHaveCount(0)
}

/** The first visit, whole: app, sign-in, code and birth date, "yes, this chart", consent, results. */
export async function visitFirstTime(
  page: Page,
  house: House,
  key: string,
  { userName = key, language = 'en' }: { readonly userName?: string; readonly language?: Language } = {},
): Promise<void> {
  const code = await house.issueCode(key)
  await connectApp(page, house)
  await signIn(page, userName)
  await enterCode(page, code, castMember(key).birthDate)
  await confirmChart(page, language)
  await expectConsent(page)
  await allowApp(page)
  await expectResults(page)
}

/** A later visit in the same browser: connect, allow. */
export async function visitAgain(page: Page, house: House): Promise<void> {
  await connectApp(page, house)
  await expectConsent(page)
  await allowApp(page)
  await expectResults(page)
}

/** Fetches the latest results and waits until the page is drawn anew: with them, or with what is in the way. */
export async function refreshApp(page: Page): Promise<void> {
  await untilRedrawn(page, () => page.getByTestId('refresh').click())
}

/** Does what makes the app draw its page anew, and waits until it has. */
export async function untilRedrawn(page: Page, act: () => Promise<void>): Promise<void> {
  const old = await page.getByTestId('refresh').elementHandle()
  if (!old) throw new Error('the app shows no chart')
  await act()
  await old.waitForElementState('hidden')
}

/** Asks for new tokens and waits until the app has them. The app forgets what it said of the last time as it asks. */
export async function renewAccess(page: Page): Promise<void> {
  await page.getByTestId('renew').click()
  await expect(page.getByTestId('access-until')).toContainText('Renewed')
}

/** What the app holds in this tab. A story reads it to call the gateway as the app would, or as a thief would. */
export async function tokensOf(
  page: Page,
): Promise<{ readonly access: string; readonly refresh: string; readonly id: string }> {
  const stored = await page.evaluate(() => Object.values({ ...sessionStorage }))
  const find = (name: string): string => {
    const pattern = new RegExp(`"${name}":"([^"]+)"`)
    return stored.map((text) => pattern.exec(String(text))?.[1]).find(Boolean) ?? ''
  }
  return { access: find('access_token'), refresh: find('refresh_token'), id: find('id_token') }
}

/** Asks the gateway with a token. */
export function askGateway(house: House, path: string, accessToken: string): Promise<Response> {
  return fetch(`${house.urls.broker}/fhir/demo/${path}`, {
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/fhir+json' },
  })
}

/** Asks for new tokens with a refresh token. */
export function askRefresh(house: House, refreshToken: string): Promise<Response> {
  return fetch(`${house.urls.broker}/oauth/token`, {
    method: 'POST',
    headers: { origin: house.urls.app },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: 'lab-window',
    }),
  })
}

import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './house'
import { giveAuthenticator } from './steps/passkey'

async function check(page: Page): Promise<void> {
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  const { width } = page.viewportSize() ?? { width: 0 }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
}

/** From our list of providers through the provider's page and back to the broker. */
async function signIn(
  page: Page,
  broker: string,
  { provider, person }: { provider: RegExp; person: RegExp },
) {
  await page.getByRole('button', { name: provider }).click()
  await page.waitForURL((url) => url.origin !== broker)
  await page.getByRole('button', { name: person }).first().click()
}

for (const javaScriptEnabled of [true, false]) {
  test(`a patient signs in and out ${javaScriptEnabled ? 'with' : 'without'} scripts`, async ({
    browser,
    house,
  }) => {
    const { broker } = house.urls
    const page = await browser.newPage({ javaScriptEnabled })
    await page.goto(`${broker}/account`)
    await expect(page).toHaveURL(`${broker}/sign-in?to=%2Faccount`)
    await signIn(page, broker, { provider: /Sunrise ID/, person: /Maya/ })
    await expect(page).toHaveURL(`${broker}/account`)
    await page.goto(`${broker}/sign-out`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expect(page.getByRole('status')).toContainText('You are signed out')
    await page.goto(`${broker}/account`)
    await expect(page).toHaveURL(/\/sign-in/)
    await page.close()
  })
}

test('two tabs of one browser sign in one after the other', async ({ context, house }) => {
  const { broker } = house.urls
  const [first, second] = [await context.newPage(), await context.newPage()]
  for (const page of [first, second]) {
    await page.goto(`${broker}/sign-in`)
    await page.getByRole('button', { name: /Sunrise ID/ }).click()
    await page.waitForURL((url) => url.origin !== broker)
  }
  for (const page of [first, second]) {
    await page.getByRole('button', { name: /Maya/ }).first().click()
    await expect(page).toHaveURL(`${broker}/account`)
  }
})

test('staff without a second factor make a passkey and use it the next time', async ({ page, house }) => {
  const { broker } = house.urls
  await giveAuthenticator(page)
  await page.goto(`${broker}/staff`)
  await check(page)
  await signIn(page, broker, { provider: /staff/, person: /Ruth/ })
  await page.getByRole('button', { name: /without/i }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('One more step')
  await check(page)
  await page.goto(`${broker}/staff/stops`)
  await expect(page).toHaveURL(/\/staff\/second-factor/)
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await expect(page).toHaveURL(`${broker}/staff/stops`)
  await page.goto(`${broker}/sign-out?kind=staff`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/said=signed-out/)
  await page.goto(`${broker}/staff`)
  await signIn(page, broker, { provider: /staff/, person: /Ruth/ })
  await page.getByRole('button', { name: 'Use my passkey' }).click()
  await expect(page).toHaveURL(`${broker}/staff`)
})

test('a patient is no staff and staff are no patient', async ({ page, house }) => {
  const { broker } = house.urls
  await page.goto(`${broker}/sign-in`)
  await signIn(page, broker, { provider: /Sunrise ID/, person: /Daniel/ })
  await expect(page).toHaveURL(`${broker}/account`)
  await page.goto(`${broker}/staff/charts`)
  await expect(page).toHaveURL(/\/staff\/sign-in/)
  expect(await page.getByRole('button', { name: /Sunrise/ }).count()).toBe(0)
})

const problems = [
  'cancelled',
  'start-again',
  'form-expired',
  'provider-paused',
  'not-believed',
  'no-role&kind=staff',
]
for (const width of [390, 1280]) {
  test(`sign-in pages have no axe violation at ${width} px and every refusal has a way on`, async ({
    page,
    house,
  }) => {
    const { broker } = house.urls
    await page.setViewportSize({ width, height: 900 })
    for (const path of [
      '/sign-in',
      '/staff/sign-in',
      '/sign-out',
      ...problems.map((why) => `/sign-in/problem?why=${why}`),
    ]) {
      await page.goto(`${broker}${path}`)
      await check(page)
      await expect(page.getByRole('main').getByRole('link').first()).toBeVisible()
    }
  })
}

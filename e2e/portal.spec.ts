import type { Page } from '@playwright/test'
import { expect, type House, test } from './house'
import { allowApp, expectConsent, expectResults } from './steps/app'
import { castMember } from './steps/cast'
import { takePicture } from './steps/images'
import { inspect } from './steps/inspect'
import { confirmChart, enterCode, openOwnChart } from './steps/linking'
import { chooseAccount, chooseProvider } from './steps/sign-in'
import { wordsIn } from './steps/words'

test.use({ story: 'portal' })

const ingrid = castMember('ingrid')
const theo = castMember('theo')
const george = castMember('george')
const words = wordsIn('en')

const chart = (page: Page, patientId: string) => page.locator(`section[data-patient="${patientId}"]`)

async function signInAtPortal(page: Page, house: House, key: string): Promise<void> {
  await page.goto(`${house.urls.ehr}/portal`)
  await page.getByRole('link', { name: 'Sign in with Sunrise ID' }).click()
  await expect(page.getByRole('heading', { name: 'Choose an account' })).toBeVisible()
  await chooseAccount(page, key)
  await expect(page.getByRole('heading', { name: `Hello, ${castMember(key).name}` })).toBeVisible()
}

test('[L1][L2] from the portal: connect the chart, come back, open the app without a second sign-in', async ({
  page,
  house,
}) => {
  test.setTimeout(120_000)
  await signInAtPortal(page, house, 'ingrid')
  await inspect(page, 'portal')
  await chart(page, ingrid.patientId).getByRole('button', { name: 'Open Lab Window' }).click()
  await expect(page.getByRole('alert')).toHaveText(/Connect this chart first/)

  await chart(page, ingrid.patientId).getByRole('button', { name: 'Connect this chart' }).click()
  await expect(page.getByTestId('code')).toBeVisible()
  await inspect(page, 'portal: the code')
  const code = (await page.getByTestId('code').textContent()) ?? ''
  await page.getByRole('link', { name: 'Connect this chart' }).click()
  await expect(page.getByRole('heading', { name: words.link.title })).toBeVisible()
  await expect(page).not.toHaveURL(new RegExp(code))
  await page.getByRole('link', { name: words.link.signIn }).click()
  await chooseProvider(page)
  await chooseAccount(page, 'ingrid')
  await expect(page.locator('input[name="code"]')).toHaveValue(code)
  await enterCode(page, code, ingrid.birthDate)
  await confirmChart(page)
  await expect(page.getByRole('heading', { name: words.return.title })).toBeVisible()
  await inspect(page, 'the way back to the portal')
  await page.getByRole('link', { name: 'Back to Harbor Clinic portal' }).click()
  await expect(page.getByRole('heading', { name: `Hello, ${ingrid.name}` })).toBeVisible()

  // as on another day: still signed in at the portal, no longer at the broker
  await page.context().clearCookies({ name: /vestibule/ })
  await chart(page, ingrid.patientId).getByRole('button', { name: 'Open Lab Window' }).click()
  await expectConsent(page)
  await expect(page.getByTestId('chart-name')).toHaveText(ingrid.name)
  await expect(page.getByText('Harbor Clinic portal')).toBeVisible()
  await inspect(page, 'consent after a launch')
  await takePicture(page, 'consent-from-portal')
  await allowApp(page)
  await expectResults(page)
  await expect(page.getByTestId('patient-name')).toContainText(ingrid.name)

  // the portal's word was for that one request: the account page asks for a sign-in, and knows the way back
  await page.goto(`${house.urls.ehr}/portal`)
  await page.getByRole('link', { name: 'My account' }).click()
  await expect(page).toHaveURL(/\/sign-in\?/)
  await chooseProvider(page)
  await chooseAccount(page, 'ingrid')
  await expect(page.getByRole('heading', { level: 1, name: words.account.title })).toBeVisible()
  await expect(page.getByText('Lab Window').first()).toBeVisible()
  await page.getByRole('link', { name: 'Back to Harbor Clinic portal' }).click()
  await expect(page.getByRole('heading', { name: `Hello, ${ingrid.name}` })).toBeVisible()
})

test('[L2] somebody else signed in at the broker is not let in, and the right person can go on', async ({
  page,
  house,
}) => {
  await openOwnChart(page, house, 'george')
  await signInAtPortal(page, house, 'george')
  await page.goto(`${house.urls.broker}/sign-in`)
  await chooseProvider(page)
  await chooseAccount(page, 'maya')
  await expect(page.getByRole('heading', { level: 1, name: words.account.title })).toBeVisible()
  await page.goto(`${house.urls.ehr}/portal`)
  await chart(page, george.patientId).getByRole('button', { name: 'Open Lab Window' }).click()
  await expect(page.getByText(words.authorize.refused['launched-for-other'])).toBeVisible()
  await inspect(page, 'launched for somebody else')
  await page.getByRole('link', { name: words.authorize.signInAgain }).click()
  await chooseProvider(page)
  await chooseAccount(page, 'george')
  await expectConsent(page)
  await expect(page.getByTestId('chart-name')).toHaveText(george.name)
})

test('[9700-4.11] our pages lead back to no address the portal did not register', async ({ page, house }) => {
  for (const to of ['https://evil.example/', `${house.urls.ehr}/clinic`, `${house.urls.ehr}/portal/`]) {
    const query = new URLSearchParams({ portal: 'harbor-portal', to })
    await page.goto(`${house.urls.broker}/return?${query}`)
    await expect(page.getByRole('heading', { name: words.return.unknownTitle })).toBeVisible()
    expect(await page.content()).not.toContain(`href="${to}"`)
  }
})

test('a parent launches the app on the chart of the child they look after', async ({ page, house }) => {
  await signInAtPortal(page, house, 'ingrid')
  await chart(page, theo.patientId).getByRole('button', { name: 'Connect this chart' }).click()
  const code = (await page.getByTestId('code').textContent()) ?? ''
  await page.getByRole('link', { name: 'Connect this chart' }).click()
  await page.getByRole('link', { name: words.link.signIn }).click()
  await chooseProvider(page)
  await chooseAccount(page, 'ingrid')
  await enterCode(page, code, theo.birthDate)
  await confirmChart(page)
  await page.getByRole('link', { name: 'Back to Harbor Clinic portal' }).click()
  await chart(page, theo.patientId).getByRole('button', { name: 'Open Lab Window' }).click()
  await expectConsent(page)
  await expect(page.getByTestId('chart-name')).toHaveText(theo.name)
  await allowApp(page)
  await expectResults(page)
  await expect(page.getByTestId('patient-name')).toContainText(theo.name)
})

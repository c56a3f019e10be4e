import type { Page } from '@playwright/test'
import { decodeJwt } from 'jose'
import { expect, type House, test } from './house'
import { allowApp, askGateway, expectConsent, untick } from './steps/app'
import { castMember } from './steps/cast'
import { inspect } from './steps/inspect'
import { openOwnChart } from './steps/linking'
import { beginAuthorization } from './steps/other-app'
import { giveAuthenticator } from './steps/passkey'
import { signIn, signOut } from './steps/sign-in'
import { findChart, startWork } from './steps/staff'
import { fill, wordsIn } from './steps/words'

test.use({ story: 'step-up' })

const { account: accountSays, passkeys: passkeysSay, staff: staffSays, stepUp: say } = wordsIn('en')

/** The next sign-in is one of a provider that never says when somebody authenticated. */
const forgetTheTime = (house: House): Promise<void> =>
  house.provider('id-token', { issuer: 'sunrise', fault: 'no-auth-time' })

async function expectStepUp(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/step-up\?/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say.title)
}

/** From My account as far as the question whether to close the chart, or what stands before it. */
async function askToClose(page: Page, house: House): Promise<void> {
  await page.goto(`${house.urls.broker}/account`)
  await page.getByRole('link', { name: accountSays.closeChart }).click()
}

/** Signs in again, at a provider that proves nothing. */
async function comeBackUnproven(page: Page, house: House, key: string): Promise<void> {
  await signOut(page, house)
  await page.goto(`${house.urls.broker}/sign-in?to=/account`)
  await forgetTheTime(house)
  await signIn(page, key)
  await expect(page.getByRole('heading', { name: accountSays.title })).toBeVisible()
}

test('who signs in where nothing is proven makes a passkey with the first chart and closes the chart with it later', async ({
  page,
  house,
}) => {
  await giveAuthenticator(page)
  await forgetTheTime(house)
  await openOwnChart(page, house, 'naomi')
  await page.getByRole('link', { name: passkeysSay.add }).click()
  await expect(page.getByRole('heading', { name: passkeysSay.newTitle })).toBeVisible()
  await inspect(page, 'a new passkey')
  await page.getByLabel(passkeysSay.name).fill('My phone')
  await page.getByRole('button', { name: passkeysSay.add }).click()
  await expect(page.getByRole('status')).toContainText(accountSays.done.passkey)
  await expect(page.getByText('My phone', { exact: true })).toBeVisible()
  await inspect(page, 'My account with a passkey')

  await comeBackUnproven(page, house, 'naomi')
  await askToClose(page, house)
  await expectStepUp(page)
  await inspect(page, 'showing that it is you')
  await page.getByRole('button', { name: say.passkeyButton }).click()
  await expect(page.getByRole('heading', { name: accountSays.closeChartTitle })).toBeVisible()
  await page.getByRole('button', { name: accountSays.closeChart }).click()
  await expect(page.getByText(accountSays.done.chart)).toBeVisible()
  const told = async () => (await house.mail()).filter(({ text }) => text.includes('passkey'))
  await expect.poll(async () => (await told()).length, { timeout: 20_000 }).toBeGreaterThan(0)
  const mail = await told()
  for (const { text } of mail) expect(text).not.toContain('Sunrise')
})

test('without scripts and without a passkey the desk speaks for who stands there', async ({
  page,
  browser,
  house,
}) => {
  const george = castMember('george')
  const his = await browser.newPage({ javaScriptEnabled: false })
  await forgetTheTime(house)
  await openOwnChart(his, house, 'george')
  await comeBackUnproven(his, house, 'george')
  await askToClose(his, house)
  await expectStepUp(his)
  await his.getByLabel(say.code).fill('00000-00000')
  await his.getByRole('button', { name: say.codeButton }).click()
  await expect(his.locator('main').getByText(say.problem.code)).toBeVisible()

  await startWork(page, house, 'dana')
  await findChart(page, house, george.mrn)
  const { confirm } = staffSays.chart
  const card = page.locator('section').filter({ hasText: confirm.title }).last()
  await card.getByLabel(/^The patient \(Sunrise ID/).check()
  await card.getByLabel(staffSays.chart['photo-id']).check()
  await inspect(page, 'the desk confirms a person')
  await card.getByRole('button', { name: confirm.make }).click()
  const code = (await page.getByTestId('confirm-code').textContent()) ?? ''
  expect(code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/)
  await page.reload()
  await expect(page.getByText(code)).toHaveCount(0)

  await askToClose(his, house)
  await expectStepUp(his)
  await his.getByLabel(say.code).fill(code)
  await his.getByRole('button', { name: say.codeButton }).click()
  await expect(his.getByRole('heading', { name: accountSays.closeChartTitle })).toBeVisible()
  await his.getByRole('button', { name: accountSays.closeChart }).click()
  await expect(his.getByText(accountSays.done.chart)).toBeVisible()
  await his.context().close()
})

test('a sign-in of just now is proof enough where the provider says when, and an old passkey is taken away with it', async ({
  page,
  house,
}) => {
  await giveAuthenticator(page)
  await openOwnChart(page, house, 'chloe')
  await page.goto(`${house.urls.broker}/account/passkeys/new`)
  await page.getByRole('button', { name: passkeysSay.add }).click()
  await expect(page.getByRole('status')).toContainText(accountSays.done.passkey)
  const name = fill(passkeysSay.removeLabel, { name: passkeysSay.nameDefault })
  await page.getByRole('link', { name }).click()
  await expect(page.getByRole('heading', { name: passkeysSay.removeTitle })).toBeVisible()
  await inspect(page, 'removing a passkey')
  await page.getByRole('button', { name: passkeysSay.remove }).click()
  await expect(page.getByRole('status')).toContainText(accountSays.done.passkeyRemoved)
  await expect(page.getByText(passkeysSay.none)).toBeVisible()
})

test('an app that asks for a passkey gets it in its token, and from who has none an answer it understands', async ({
  page,
  house,
}) => {
  await giveAuthenticator(page)
  await openOwnChart(page, house, 'maya')
  const passkey = 'urn:vestibule:acr:passkey'
  const first = beginAuthorization(house, 'openid launch/patient patient/*.rs', { acr_values: passkey })
  await page.goto(first.address)
  await expectStepUp(page)
  await inspect(page, 'an app asks who is there')
  const refused = page.waitForRequest((request) => request.url().startsWith(`${first.redirectUri}?error=`))
  await page.getByRole('button', { name: fill(say.back.app, { app: 'Lab Window' }) }).click()
  const told = new URL((await refused).url()).searchParams
  expect(told.get('error')).toBe('unmet_authentication_requirements')
  expect(told.get('state')).toBe(first.state)
  // the app's page has to be there before the next one is asked for
  await expect(page).toHaveURL((url) => url.href.startsWith(first.redirectUri))

  const second = beginAuthorization(house, 'openid launch/patient patient/*.rs', { acr_values: passkey })
  const landed = page.waitForRequest((request) => request.url().startsWith(`${second.redirectUri}?code=`))
  await page.goto(second.address)
  await expectStepUp(page)
  await page.getByRole('link', { name: say.addButton }).click()
  await page.getByRole('button', { name: passkeysSay.add }).click()
  await expectConsent(page)
  await page.locator('button[name="decision"][value="accept"]').click()
  const code = new URL((await landed).url()).searchParams.get('code') ?? ''
  const tokens = (await (await second.exchange(code)).json()) as { access_token: string }
  expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: passkey })
  const { patientId } = castMember('maya')
  expect((await askGateway(house, `Patient/${patientId}`, tokens.access_token)).status).toBe(200)
})

test('what was unticked is still unticked for who has to show in between that it is them', async ({
  page,
  house,
}) => {
  await giveAuthenticator(page)
  await forgetTheTime(house)
  await openOwnChart(page, house, 'ingrid')
  await page.goto(`${house.urls.broker}/account/passkeys/new`)
  await page.getByRole('button', { name: passkeysSay.add }).click()
  await expect(page.getByRole('status')).toContainText(accountSays.done.passkey)
  const narrow = beginAuthorization(house, 'openid launch/patient patient/Patient.rs')
  await page.goto(narrow.address)
  await expectConsent(page)
  await allowApp(page)
  await expect(page).toHaveURL((url) => url.href.startsWith(narrow.redirectUri))

  await comeBackUnproven(page, house, 'ingrid')
  const wider = beginAuthorization(house, 'openid launch/patient patient/*.rs')
  await page.goto(wider.address)
  await expectConsent(page)
  await untick(page, 'Immunization')
  await page.locator('button[name="decision"][value="accept"]').click()
  await expectStepUp(page)
  await page.getByRole('button', { name: say.passkeyButton }).click()
  await expectConsent(page)
  await expect(page.locator('input[name="item.Immunization"]')).not.toBeChecked()
  await expect(page.locator('input[name="item.AllergyIntolerance"]')).toBeChecked()
  await inspect(page, 'choices kept')
  const landed = page.waitForRequest((request) => request.url().startsWith(`${wider.redirectUri}?code=`))
  await page.locator('button[name="decision"][value="accept"]').click()
  const code = new URL((await landed).url()).searchParams.get('code') ?? ''
  const { scope } = (await (await wider.exchange(code)).json()) as { scope: string }
  expect(scope).toContain('patient/AllergyIntolerance')
  expect(scope).not.toContain('Immunization')
})

import { expect, type House, test } from './house'
import { closeChart, stopApp } from './steps/account'
import {
  askGateway,
  askRefresh,
  connectApp,
  expectAppSays,
  expectConsent,
  expectResults,
  refreshApp,
  renewAccess,
  tokensOf,
  visitAgain,
  visitFirstTime,
} from './steps/app'
import { castMember } from './steps/cast'
import { enterCode } from './steps/linking'
import { signIn } from './steps/sign-in'
import { pause, resume, startWork } from './steps/staff'
import { fill, wordsIn } from './steps/words'

test.use({ story: 'access-ends' })

const { account: accountSays, authorize: authorizeSays, link: linkSays, signIn: signInSays } = wordsIn('en')

/** What the app held is worth nothing: neither for reading nor for renewing. */
async function expectDead(
  house: House,
  tokens: { readonly access: string; readonly refresh: string },
  key: string,
): Promise<void> {
  expect(tokens.access).not.toBe('')
  const read = await askGateway(house, `Patient/${castMember(key).patientId}`, tokens.access)
  expect(read.status).toBe(401)
  const renewal = await askRefresh(house, tokens.refresh)
  expect(renewal.status).toBe(400)
  expect(await renewal.json()).toMatchObject({ error: 'invalid_grant' })
}

test('a chart closed in My account is closed to the app with its next call', async ({ page, house }) => {
  await visitFirstTime(page, house, 'naomi')
  const tokens = await tokensOf(page)
  const account = await page.context().newPage()
  await closeChart(account, house)
  await refreshApp(page)
  await expectAppSays(page, 'access-ended')
  await expectDead(house, tokens, 'naomi')
  await expect(account.getByText(accountSays.noCharts)).toBeVisible()
  await connectApp(page, house)
  await expect(page.locator('input[name="code"]')).toBeVisible()
})

test('[G3] an app stopped in My account reads nothing more, the chart stays open, and it can be allowed again', async ({
  page,
  house,
}) => {
  await visitFirstTime(page, house, 'chloe')
  const tokens = await tokensOf(page)
  const account = await page.context().newPage()
  await account.goto(`${house.urls.broker}/account`)
  await expect(account.getByText('Lab Window', { exact: true })).toBeVisible()
  await stopApp(account, house)
  await expect(account.getByText(accountSays.noApps)).toBeVisible()
  await expect(account.getByRole('link', { name: accountSays.closeChart })).toBeVisible()
  await refreshApp(page)
  await expectAppSays(page, 'access-ended')
  await expectDead(house, tokens, 'chloe')
  await visitAgain(page, house)
})

test('signing out of the app revokes what it held: the tokens are dead at once', async ({ page, house }) => {
  await visitFirstTime(page, house, 'ingrid')
  const tokens = await tokensOf(page)
  await page.getByTestId('sign-out').click()
  await expect(page.getByTestId('signed-out')).toBeVisible()
  await expectDead(house, tokens, 'ingrid')
})

test('a refresh token used twice by two holders ends for both', async ({ page, house }) => {
  await visitFirstTime(page, house, 'daniel')
  const stolen = await tokensOf(page)
  await renewAccess(page)
  const second = await tokensOf(page)
  await renewAccess(page)
  const third = await tokensOf(page)
  expect(new Set([stolen.refresh, second.refresh, third.refresh]).size).toBe(3)
  const renewed = await askRefresh(house, stolen.refresh)
  expect(renewed.status).toBe(400)
})

test('staff pause and resume an app, an EHR, tokens, linking and a provider: each with the next request', async ({
  page,
  browser,
  house,
}) => {
  test.setTimeout(120_000)
  await visitFirstTime(page, house, 'maya')
  const { patientId } = castMember('maya')
  const admin = await browser.newPage()
  await startWork(admin, house, 'ruth', '/staff/stops')
  const read = async (): Promise<number> =>
    (await askGateway(house, `Patient/${patientId}`, (await tokensOf(page)).access)).status
  const code = await house.issueCode('layla')
  const visitor = await browser.newPage()
  await visitor.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(visitor, 'layla')

  await pause(admin, house, 'app:lab-window')
  expect(await read()).toBeGreaterThanOrEqual(400)
  expect((await askRefresh(house, (await tokensOf(page)).refresh)).status).toBe(503)
  await resume(admin, house)
  expect(await read()).toBe(200)

  await pause(admin, house, 'ehr:demo')
  expect(await read()).toBe(503)
  await refreshApp(page)
  await expectAppSays(page, 'unavailable')
  await enterCode(visitor, code, castMember('layla').birthDate)
  await expect(visitor.locator('main').getByText(linkSays.problem.paused)).toBeVisible()
  await resume(admin, house)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expectResults(page)

  await pause(admin, house, 'token-issue')
  await page.getByTestId('renew').click()
  await expect(page.getByTestId('error-box').first()).toHaveAttribute('data-problem', 'unavailable')
  const later = await page.context().newPage()
  await connectApp(later, house)
  await expectAppSays(later, 'server-unavailable')
  await resume(admin, house)
  await renewAccess(page)

  await pause(admin, house, 'linking')
  await enterCode(visitor, code, castMember('layla').birthDate)
  await expect(visitor.locator('main').getByText(linkSays.problem.paused)).toBeVisible()
  expect((await house.orderCode(castMember('george').patientId)).reason).toBe('temporarily-unavailable')
  await resume(admin, house)
  await enterCode(visitor, code, castMember('layla').birthDate)
  await expect(visitor.getByRole('button', { name: linkSays.confirm.yes })).toBeVisible()

  await pause(admin, house, 'provider:sunrise')
  await visitor.goto(`${house.urls.broker}/account`)
  await expect(visitor).toHaveURL(/\/sign-in/)
  await expect(visitor.getByText(fill(signInSays.notAvailable, { provider: 'Sunrise ID' }))).toBeVisible()
  await resume(admin, house)
  await visitor.goto(`${house.urls.broker}/account`)
  await expect(visitor.getByRole('heading', { name: accountSays.title })).toBeVisible()
  await visitor.context().close()
  await admin.context().close()
})

test('the operator’s command pauses and resumes like the screen', async ({ page, house }) => {
  await visitFirstTime(page, house, 'george')
  const { access } = await tokensOf(page)
  const read = async (): Promise<number> =>
    (await askGateway(house, `Patient/${castMember('george').patientId}`, access)).status
  await house.command('stop', 'ehr:demo', 'maintenance')
  expect(await read()).toBe(503)
  expect(await house.command('stops')).toContain('maintenance')
  await house.command('resume', 'ehr:demo')
  expect(await read()).toBe(200)
})

test('a removed app is dead with its next call, and nobody is sent to it any more', async ({
  page,
  house,
}) => {
  await visitFirstTime(page, house, 'robin')
  const tokens = await tokensOf(page)
  const waiting = await page.context().newPage()
  await connectApp(waiting, house)
  await expectConsent(waiting)
  await house.command('remove-app', 'lab-window')
  await refreshApp(page)
  // its origin is registered no more, so that the browser keeps even the refusal from it
  await expectAppSays(page, 'unavailable')
  expect((await askGateway(house, 'Condition', tokens.access)).status).toBe(401)
  const renewal = await askRefresh(house, tokens.refresh)
  expect([400, 401]).toContain(renewal.status)
  await waiting.reload()
  await expect(waiting.getByText(authorizeSays.refused['app-gone'])).toBeVisible()
  await connectApp(waiting, house)
  await expect(waiting.getByText(authorizeSays.untrusted.unknownApp)).toBeVisible()
  await page.goto(`${house.urls.broker}/account`)
  await expect(page.getByText(accountSays.appRemoved)).toBeVisible()
})

import { expect, test } from './house'
import { closeChart } from './steps/account'
import { allowApp, askGateway, declineApp, expectConsent, untick } from './steps/app'
import { castMember } from './steps/cast'
import { confirmChart, enterCode, madeUpCode } from './steps/linking'
import { beginAuthorization } from './steps/other-app'
import { pressAndArrive } from './steps/press'
import { signIn } from './steps/sign-in'
import { findChart, startWork } from './steps/staff'
import { wordsIn } from './steps/words'

test.use({ story: 'by-hand', javaScriptEnabled: false })

const { link: say, account: accountSays, staff: staffSays } = wordsIn('en')

test('a whole first visit works without scripts, from the app’s request to its answer', async ({
  page,
  house,
}) => {
  const layla = castMember('layla')
  const code = await house.issueCode('layla')
  const authorization = beginAuthorization(house)
  await page.goto(authorization.address)
  await signIn(page, 'layla')
  await enterCode(page, madeUpCode(), layla.birthDate)
  await expect(page.locator('main').getByRole('alert')).toContainText(say.problem.notMatched)
  await enterCode(page, code, layla.birthDate)
  await expect(page.getByText(layla.name)).toBeVisible()
  await confirmChart(page)
  await expectConsent(page)
  await expect(page.getByTestId('chart-name')).toHaveText(layla.name)
  await untick(page, 'Encounter')
  await allowApp(page)
  await page.waitForURL((url) => url.href.startsWith(authorization.redirectUri))
  const answer = new URL(page.url()).searchParams
  expect(answer.get('state')).toBe(authorization.state)
  expect(answer.get('iss')).toBe(house.urls.broker)
  const tokens = await (await authorization.exchange(answer.get('code') ?? '')).json()
  expect(tokens.patient).toBe(layla.patientId)
  const status = async (path: string): Promise<number> =>
    (await askGateway(house, path, tokens.access_token)).status
  expect(await status(`Patient/${layla.patientId}`)).toBe(200)
  expect(await status(`Encounter?patient=${layla.patientId}`)).toBe(403)
})

test('a no works without scripts and reaches the app with its state', async ({ page, house }) => {
  const authorization = beginAuthorization(house)
  await page.goto(authorization.address)
  await signIn(page, 'layla')
  await expectConsent(page)
  await declineApp(page)
  await page.waitForURL((url) => url.href.startsWith(authorization.redirectUri))
  const answer = new URL(page.url()).searchParams
  expect(Object.fromEntries(answer)).toMatchObject({ error: 'access_denied', state: authorization.state })
  expect(answer.has('code')).toBe(false)
})

test('My account closes a chart and signs out without scripts', async ({ page, house }) => {
  await page.goto(`${house.urls.broker}/account`)
  await signIn(page, 'layla')
  await closeChart(page, house)
  await pressAndArrive(
    page,
    page.locator('main').getByRole('button', { name: accountSays.signOut, exact: true }),
  )
  await page.goto(`${house.urls.broker}/account`)
  await expect(page).toHaveURL(/\/sign-in/)
})

test('the desk gives a code without scripts, and the language can be changed', async ({ page, house }) => {
  const george = castMember('george')
  await startWork(page, house, 'dana')
  await findChart(page, house, george.mrn)
  await page.getByLabel(staffSays.chart.patientHere).check()
  await page.getByLabel(staffSays.chart['photo-id']).check()
  await page.getByRole('button', { name: staffSays.chart.issueNow }).click()
  await expect(page.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}$/)).toBeVisible()
  await expect(page.getByRole('img', { name: staffSays.chart.qr })).toBeVisible()
  await page.goto(`${house.urls.broker}/`)
  await page.getByRole('button', { name: 'Español' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'es')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(wordsIn('es').home.title)
})

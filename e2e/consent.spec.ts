import { expect, test } from './house'
import {
  allowApp,
  askGateway,
  connectApp,
  declineApp,
  expectAppSays,
  expectConsent,
  expectResults,
  refreshApp,
  tokensOf,
  untick,
  visitFirstTime,
} from './steps/app'
import { castMember } from './steps/cast'
import { confirmChart, enterCode, openOwnChart } from './steps/linking'
import { signIn, signOut } from './steps/sign-in'
import { wordsIn } from './steps/words'

test.use({ story: 'app' })

const { authorize: say, consent: consentSays, account: accountSays } = wordsIn('en')

test('who does not allow an app is back in it, told so kindly, and the app holds nothing', async ({
  page,
  house,
}) => {
  await openOwnChart(page, house, 'ingrid')
  await connectApp(page, house)
  await expectConsent(page)
  await declineApp(page)
  await expectAppSays(page, 'declined')
  expect(await tokensOf(page)).toEqual({ access: '', refresh: '', id: '' })
  await page.goto(`${house.urls.broker}/account`)
  await expect(page.getByText(accountSays.noApps)).toBeVisible()
})

test('a kind of record left unticked is refused to the app, while the others work', async ({
  page,
  house,
}) => {
  const { patientId } = castMember('ingrid')
  await openOwnChart(page, house, 'ingrid', 'ingrid.at.work')
  await connectApp(page, house)
  await expectConsent(page)
  await untick(page, 'Immunization')
  await untick(page, 'Observation/laboratory')
  await allowApp(page)
  await expect(page.getByTestId('patient-name')).toBeVisible()
  await expect(page.locator('[data-scope^="patient/Immunization"]')).toHaveCount(0)
  const vaccines = page.getByTestId('part').filter({ hasText: 'Vaccines' })
  await expect(vaccines.locator('[data-problem="not-shared"]')).toBeVisible()
  await expect(page.getByTestId('empty').first()).toBeVisible()
  await expect(page.getByTestId('result-row')).toHaveCount(0)
  const { access } = await tokensOf(page)
  const status = async (path: string): Promise<number> => (await askGateway(house, path, access)).status
  expect(await status(`Immunization?patient=${patientId}`)).toBe(403)
  expect(await status(`Condition?patient=${patientId}`)).toBe(200)
  expect(await status(`Observation?patient=${patientId}&category=vital-signs`)).toBe(200)
  const laboratory = await askGateway(house, `Observation?patient=${patientId}&category=laboratory`, access)
  expect(JSON.stringify(await laboratory.json())).not.toContain('"Observation"')
})

test('with every tick taken out the app gets nothing at all', async ({ page, house }) => {
  await openOwnChart(page, house, 'naomi')
  await connectApp(page, house)
  await expectConsent(page)
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck()
  await allowApp(page)
  await expectAppSays(page, 'declined')
  expect(await tokensOf(page)).toEqual({ access: '', refresh: '', id: '' })
})

test('without the last tick the app reads now and cannot come back by itself', async ({ page, house }) => {
  await openOwnChart(page, house, 'naomi', 'naomi.at.work')
  await connectApp(page, house)
  await expectConsent(page)
  await untick(page, 'offline')
  await allowApp(page)
  await expectResults(page)
  const { access, refresh } = await tokensOf(page)
  expect(access).not.toBe('')
  expect(refresh).toBe('')
})

test('[9700-4.7] a consent page opened in another browser shows nothing, even to the same person', async ({
  page,
  browser,
  house,
}) => {
  await openOwnChart(page, house, 'robin')
  await connectApp(page, house)
  await expectConsent(page)
  const other = await browser.newPage()
  await other.goto(`${house.urls.broker}/sign-in`)
  await signIn(other, 'robin')
  await other.goto(page.url())
  await expect(other.getByText(say.refused['unknown-request'])).toBeVisible()
  await expect(other.getByRole('checkbox')).toHaveCount(0)
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await other.goto(`${house.urls.broker}/oauth/authorize/${id}/leave`)
  await expect(other).not.toHaveURL(new RegExp(house.urls.app))
  await other.context().close()
  await allowApp(page)
  await expectResults(page)
})

test('one request in two tabs is answered once; two requests of one browser do not get in each other’s way', async ({
  page,
  house,
}) => {
  await openOwnChart(page, house, 'daniel')
  await connectApp(page, house)
  await expectConsent(page)
  const copy = await page.context().newPage()
  await copy.goto(page.url())
  await expectConsent(copy)
  const second = await page.context().newPage()
  await connectApp(second, house)
  await expectConsent(second)
  await allowApp(page)
  await expectResults(page)
  await declineApp(copy)
  await expect(copy.getByText(say.refused.answered)).toBeVisible()
  await allowApp(second)
  await expectResults(second)
  expect((await tokensOf(second)).access).not.toBe((await tokensOf(page)).access)
  await refreshApp(page)
  await expectResults(page)
})

test('[6749-10.12] somebody else signed in between the page and the answer: nothing is given, to nobody', async ({
  page,
  house,
}) => {
  await openOwnChart(page, house, 'george')
  await connectApp(page, house)
  await expectConsent(page)
  const other = await page.context().newPage()
  await signOut(other, house)
  await openOwnChart(other, house, 'layla')
  await allowApp(page)
  await expect(page.locator('main').getByText(say.refused['other-person'])).toBeVisible()
  await expect(page).not.toHaveURL(new RegExp(house.urls.app))
  for (const name of [castMember('george').name, castMember('layla').name])
    await expect(page.getByText(name)).toHaveCount(0)
  await other.goto(`${house.urls.broker}/account`)
  await expect(other.getByText(accountSays.noApps)).toBeVisible()
})

test('"this is not me" lets the right person go on with the same request', async ({ page, house }) => {
  const chloe = castMember('chloe')
  await openOwnChart(page, house, 'layla', 'layla.at.work')
  await connectApp(page, house)
  await expectConsent(page)
  await page.getByRole('button', { name: consentSays.notMe }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  const code = await house.issueCode('chloe')
  await signIn(page, 'chloe.at.work')
  await enterCode(page, code, chloe.birthDate)
  await confirmChart(page)
  await expectConsent(page)
  await expect(page.getByTestId('chart-name')).toHaveText(chloe.name)
  await allowApp(page)
  await expectResults(page)
  await expect(page.getByTestId('patient-name')).toHaveText(chloe.name)
})

test('names, narratives and results that hold scripts are shown as text on every page and run on none', async ({
  page,
  house,
}) => {
  const robin = castMember('robin')
  const alerts: string[] = []
  page.on('dialog', (dialog) => {
    alerts.push(dialog.message())
    void dialog.dismiss()
  })
  await visitFirstTime(page, house, 'robin', { userName: 'robin.at.work' })
  await expect(page.getByTestId('patient-name')).toHaveText(robin.name)
  expect(await page.locator('img[src="x"]').count()).toBe(0)
  await page.goto(`${house.urls.broker}/account`)
  await expect(page.getByText(robin.name).first()).toBeVisible()
  expect(await page.locator('img[src="x"]').count()).toBe(0)
  expect(alerts).toEqual([])
})

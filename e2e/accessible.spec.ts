import type { Page } from '@playwright/test'
import { expect, type House, test } from './house'
import { allowApp, connectApp, expectConsent, expectResults, visitAgain } from './steps/app'
import { castMember } from './steps/cast'
import { beClinician } from './steps/clinic'
import { inspect } from './steps/inspect'
import { confirmChart, enterCode, madeUpCode } from './steps/linking'
import { signIn, signInAsStaff } from './steps/sign-in'
import { findChart, pause, resume, startWork } from './steps/staff'
import { wordsIn } from './steps/words'

test.use({ story: 'accessible' })
test.setTimeout(180_000)

const { link: linkSays, account: accountSays, staff: staffSays, notMe: notMeSays } = wordsIn('en')

/** Opens a page of the broker and looks at it. */
async function inspectAt(page: Page, house: House, path: string): Promise<void> {
  await page.goto(`${house.urls.broker}${path}`)
  await inspect(page, path)
}

/** Lets no navigation reach an origin, so that a page which goes on by itself stays to be looked at. */
async function keepFrom(page: Page, origin: string): Promise<void> {
  await page.route(`${origin}/**`, (route) => route.abort('aborted'))
}

test('no page that anybody can open has an axe violation or scrolls sideways', async ({ page, house }) => {
  for (const path of [
    '/',
    '/link',
    '/not-me',
    '/sign-in',
    '/sign-in?fresh=60',
    '/staff/sign-in',
    '/sign-out',
    '/nowhere',
    '/oauth/authorize',
    '/authorize/5b0f6c2e-0000-4000-8000-000000000000',
    ...[
      'cancelled',
      'start-again',
      'provider-paused',
      'not-believed',
      'too-many',
      'account-ended',
      'no-role&kind=staff',
    ].map((why) => `/sign-in/problem?why=${why}`),
  ])
    await inspectAt(page, house, path)
  await page.goto(`${house.urls.broker}/not-me`)
  await page.getByLabel(notMeSays.number).fill(madeUpCode())
  await page.getByRole('button', { name: notMeSays.stop }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(notMeSays.doneTitle)
  await inspect(page, 'not me, answered')
})

test('no page on the way to a chart has an axe violation or scrolls sideways', async ({ page, house }) => {
  const robin = castMember('robin')
  const code = await house.issueCode('robin')
  await keepFrom(page, house.urls.provider)
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await page.locator('form[action="/api/auth/signin/sunrise"] button').click()
  await expect(page).toHaveURL(/\/sign-in\/leave\//)
  await inspect(page, 'leaving for the provider')
  await page.unroute(`${house.urls.provider}/**`)
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, 'robin')
  await inspect(page, 'code and birth date')
  await enterCode(page, 'ABC', robin.birthDate)
  await expect(page.locator('main').getByText(linkSays.codeError)).toBeVisible()
  await inspect(page, 'a code that cannot be one')
  await enterCode(page, code, '1990-13-01')
  await expect(page.locator('main').getByText(linkSays.birthDateError)).toBeVisible()
  await inspect(page, 'a date that cannot be one')
  await enterCode(page, madeUpCode(), robin.birthDate)
  await expect(page.locator('main').getByText(linkSays.problem.notMatched)).toBeVisible()
  await inspect(page, 'a wrong code')
  await enterCode(page, code, robin.birthDate)
  await expect(page.getByText(robin.name)).toBeVisible()
  await inspect(page, 'which sign-in opens which chart')
  await confirmChart(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(linkSays.done.title)
  await inspect(page, 'the chart is open')
  await inspectAt(page, house, '/link/declined?what=sign-in')
  await inspectAt(page, house, '/link/declined?what=chart')
  await inspectAt(page, house, '/link?problem=limited&wait=12')
  await inspectAt(page, house, '/link?problem=already-open')
})

test('no page between an app and a chart has an axe violation or scrolls sideways', async ({
  page,
  house,
}) => {
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, 'ingrid')
  const code = await house.issueCode('ingrid')
  await enterCode(page, code, castMember('ingrid').birthDate)
  await confirmChart(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(linkSays.done.title)
  await inspectAt(page, house, '/account')
  await connectApp(page, house)
  await expectConsent(page)
  await inspect(page, 'consent')
  await page.goto(`${page.url()}?again=form-expired`)
  await inspect(page, 'consent, once more')
  await house.ehr('unavailable', { mode: '503', seconds: 600 })
  await page.goto(page.url().split('?')[0] ?? '')
  await inspect(page, 'the clinic’s records do not answer')
  await house.ehr('unavailable', { mode: '503', seconds: 0 })
  await page.reload()
  await keepFrom(page, house.urls.app)
  await allowApp(page)
  await expect(page).toHaveURL(/\/leave$/)
  await inspect(page, 'leaving for the app')
  await page.unroute(`${house.urls.app}/**`)
  await page.goto(house.urls.app)
  await visitAgain(page, house)
  await inspect(page, 'results in the app')
  for (const [path, name] of [
    ['/account', 'Stop Lab Window'],
    ['/account', accountSays.closeChart],
  ] as const) {
    await page.goto(`${house.urls.broker}${path}`)
    await page.getByRole('link', { name }).first().click()
    await expect(page).toHaveURL(/\/account\/\w+\//)
    await inspect(page, name)
  }
  await inspectAt(page, house, '/account')
  await inspectAt(page, house, '/account?done=chart')
  await house.ehr('patient', { id: castMember('ingrid').patientId, active: false })
  await connectApp(page, house)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page).toHaveURL(/\/authorize\//)
  await inspect(page, 'chart on hold')
  await inspectAt(page, house, '/account')
  await house.ehr('patient', { id: castMember('ingrid').patientId, active: true })
})

test('no page of staff has an axe violation or scrolls sideways', async ({ page, house }) => {
  await page.goto(`${house.urls.broker}/staff`)
  await signInAsStaff(page, 'ruth', 'left out')
  await expect(page).toHaveURL(/\/staff\/second-factor/)
  await inspect(page, 'one more step')
  await page.goto(`${house.urls.broker}/staff/sign-in`)
  await signInAsStaff(page, 'ruth')
  for (const path of [
    '/staff',
    '/staff/alerts',
    '/staff/charts',
    '/staff/stops',
    '/staff/apps',
    '/staff/apps/lab-window',
    '/staff/invitation',
  ])
    await inspectAt(page, house, path)
  await page.goto(`${house.urls.broker}/staff/charts`)
  for (const [name, seen] of [
    ['Lindqvist', castMember('theo').mrn],
    ['Nobody', staffSays.charts.noneText],
  ] as const) {
    await page.getByLabel(staffSays.charts.reason).selectOption('support')
    await page.getByLabel(staffSays.charts.name).fill(name)
    await page.getByLabel(staffSays.charts.birthDate).fill(castMember('theo').birthDate)
    await page.getByRole('button', { name: staffSays.charts.search }).click()
    await expect(page.getByText(seen)).toBeVisible()
    await inspect(page, `charts found for ${name}`)
  }
  await findChart(page, house, castMember('walter').mrn)
  await inspect(page, 'a chart that gets no code')
  await findChart(page, house, castMember('robin').mrn)
  await inspect(page, 'a chart')
  await page.getByLabel(staffSays.chart.patientHere).check()
  await page.locator('#identification-photo-id').check()
  await page.getByRole('button', { name: staffSays.chart.issueNow }).click()
  await expect(page.getByText(staffSays.chart.slipTitle)).toBeVisible()
  await inspect(page, 'the slip with the code')
  await pause(page, house, 'provider:northwind')
  await inspect(page, 'something is paused')
  await inspectAt(page, house, '/sign-in')
  await resume(page, house)
})

test('choosing between two charts has no axe violation and scrolls nowhere', async ({
  page,
  browser,
  house,
}) => {
  const desk = await browser.newPage()
  await startWork(desk, house, 'dana')
  await findChart(desk, house, castMember('theo').mrn)
  await desk.getByLabel(/Ingrid Lindqvist/).check()
  await desk.locator('#identification-photo-id').check()
  await desk.getByRole('button', { name: staffSays.chart.issueNow }).click()
  const code = (await desk.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}$/).textContent()) ?? ''
  await desk.context().close()
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, 'mother.of.theo')
  await enterCode(page, code, castMember('theo').birthDate)
  await inspect(page, 'opening the chart of a child')
  await confirmChart(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(linkSays.done.title)
  await page.goto(`${house.urls.broker}/link`)
  await enterCode(page, await house.issueCode('chloe'), castMember('chloe').birthDate)
  await confirmChart(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(linkSays.done.title)
  await connectApp(page, house)
  await expect(page.getByRole('radio')).toHaveCount(2)
  await inspect(page, 'which of two charts')
})

test('no page of the clinician has an axe violation or scrolls sideways', async ({ page, house }) => {
  await page.goto(`${house.urls.ehr}/clinic`)
  await inspect(page, 'who are you today')
  await beClinician(page, house, 'Dr. Amara Adeyemi')
  for (const path of ['/clinic', '/clinic?show=held', '/clinic?show=released', '/log']) {
    await page.goto(`${house.urls.ehr}${path}`)
    await inspect(page, path)
  }
})

test.describe('in Spanish', () => {
  test.use({ locale: 'es-MX' })

  test('a first visit speaks Spanish on every page, and says so to screen readers', async ({
    page,
    house,
  }) => {
    const es = wordsIn('es')
    const maya = castMember('maya')
    const code = await house.issueCode('maya')
    const says = async (title: string): Promise<void> => {
      await expect(page.locator('html')).toHaveAttribute('lang', 'es')
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(title)
      const main = (await page.locator('main').textContent()) ?? ''
      expect(main).not.toMatch(/\b(the|you|your|with|and|chart)\b/i)
    }
    await connectApp(page, house)
    await expect(page).toHaveURL(/\/sign-in/)
    await says(es.signIn.title)
    await signIn(page, 'maya')
    await says(es.link.title)
    await enterCode(page, madeUpCode(), maya.birthDate)
    await expect(page.locator('main').getByText(es.link.problem.notMatched)).toBeVisible()
    await says(es.link.title)
    await enterCode(page, code, maya.birthDate)
    await expect(page.getByText(maya.name)).toBeVisible()
    await says(es.link.confirm.title)
    await confirmChart(page, 'es')
    await expectConsent(page)
    await says(es.consent.title.replace('{app}', 'Lab Window'))
    await inspect(page, 'consent in Spanish')
    await allowApp(page)
    await expectResults(page)
    await page.goto(`${house.urls.broker}/account`)
    await says(es.account.title)
    await page.goto(`${house.urls.broker}/oauth/authorize`)
    await says(es.authorize.untrusted.title)
    await page.goto(`${house.urls.broker}/nowhere`)
    await says(es.problem.notFoundTitle)
  })
})

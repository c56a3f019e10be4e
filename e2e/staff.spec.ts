import { expect, test } from './house'
import { allowApp, askGateway, connectApp, expectConsent, tokensOf, visitFirstTime } from './steps/app'
import { castMember } from './steps/cast'
import { takePicture } from './steps/images'
import { inspect } from './steps/inspect'
import { confirmChart, enterCode } from './steps/linking'
import { giveAuthenticator } from './steps/passkey'
import { pressAndArrive, pressAndReload } from './steps/press'
import { signIn, signInAsStaff } from './steps/sign-in'
import { findChart, startWork } from './steps/staff'
import { wordsIn } from './steps/words'

test.use({ story: 'staff' })

/** A birth date as the pages write it. */
const born = (date: string): string =>
  new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date))

const { link: linkSays, signIn: signInSays, staff: say } = wordsIn('en')

test('the desk finds a chart with a reason and prints a code with its picture; the patient opens the chart with it', async ({
  page,
  browser,
  house,
}) => {
  const maya = castMember('maya')
  await startWork(page, house, 'dana')
  await page.getByRole('link', { name: say.home.charts }).click()
  await page.getByLabel(say.charts.mrn).fill(maya.mrn)
  await page.getByLabel(say.charts.reason).selectOption('patient-here')
  await page.getByRole('button', { name: say.charts.search }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(maya.name)
  await expect(page.getByText(maya.mrn)).toBeVisible()
  expect(page.url()).not.toContain(maya.patientId)
  expect(page.url()).not.toContain(maya.mrn)
  await page.getByLabel(say.chart.patientHere).check()
  await page.getByLabel(say.chart['photo-id']).check()
  await page.getByRole('button', { name: say.chart.issueNow }).click()
  await expect(page.getByText(say.chart.slipTitle)).toBeVisible()
  await expect(page.getByRole('img', { name: say.chart.qr })).toBeVisible()
  const code = (await page.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}$/).textContent()) ?? ''
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByText(code)).toBeVisible()
  await expect(page.getByText(say.chart.codes)).toBeHidden()
  await expect(page.locator('main').getByText(born(maya.birthDate))).toBeHidden()
  await page.emulateMedia({ media: 'screen' })
  await page.reload()
  await expect(page.getByText(code)).toHaveCount(0)

  const hers = await browser.newPage()
  await hers.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(hers, 'maya')
  await enterCode(hers, code, maya.birthDate)
  await confirmChart(hers)
  await expect(hers.getByRole('heading', { name: linkSays.done.title })).toBeVisible()
  await hers.context().close()

  await page.reload()
  await expect(page.getByText('Sunrise ID', { exact: true })).toBeVisible()
  await expect(page.getByText(say.chart.status.used)).toBeVisible()
})

test('a name and a birth date find both people of one name apart, and a wrong one finds nobody', async ({
  page,
  house,
}) => {
  await startWork(page, house, 'dana', '/staff/charts')
  await page.getByLabel(say.charts.reason).selectOption('support')
  await page.getByRole('button', { name: say.charts.search }).click()
  await expect(page.getByText(say.charts.needQuery)).toBeVisible()
  await page.getByLabel(say.charts.reason).selectOption('support')
  await page.getByLabel(say.charts.name).fill('Rivera')
  await page.getByLabel(say.charts.birthDate).fill('1991-03-14')
  await page.getByRole('button', { name: say.charts.search }).click()
  await expect(page.getByText(castMember('maya-two').mrn)).toBeVisible()
  await expect(page.getByText(castMember('maya').mrn)).toHaveCount(0)
  await page.getByLabel(say.charts.reason).selectOption('support')
  await page.getByLabel(say.charts.name).fill('Rivera')
  await page.getByLabel(say.charts.birthDate).fill('1991-03-15')
  await page.getByRole('button', { name: say.charts.search }).click()
  await expect(page.getByText(say.charts.noneText)).toBeVisible()
  await expect(page.getByText(castMember('maya-two').mrn)).toHaveCount(0)
})

for (const { key, mrn, why } of [
  { key: 'theo', mrn: castMember('theo').mrn, why: say.chart.notSelf['under-age'] },
  { key: 'walter', mrn: castMember('walter').mrn, why: say.chart.notSelf.deceased },
  { key: 'priya', mrn: castMember('priya').mrn, why: say.chart.notSelf.inactive },
]) {
  test(`the desk is told why ${key} gets no code, and no way to make one`, async ({ page, house }) => {
    await startWork(page, house, 'dana')
    await findChart(page, house, mrn)
    await expect(page.getByText(why)).toBeVisible()
    await expect(page.getByLabel(say.chart.patientHere)).toHaveCount(0)
  })
}

test('a mother opens her son’s chart with a code of her own, and reads it as his mother', async ({
  page,
  browser,
  house,
}) => {
  const [ingrid, theo] = [castMember('ingrid'), castMember('theo')]
  await startWork(page, house, 'dana')
  await findChart(page, house, theo.mrn)
  await page.getByLabel(/Ingrid Lindqvist/).check()
  await page.getByLabel(say.chart['photo-id']).check()
  await page.getByRole('button', { name: say.chart.issueNow }).click()
  const code = (await page.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}$/).textContent()) ?? ''
  const hers = await browser.newPage()
  await visitFirstTime(hers, house, 'ingrid')
  await hers.goto(`${house.urls.broker}/link`)
  await enterCode(hers, code, theo.birthDate)
  await expect(hers.getByText(linkSays.confirm.proxy)).toBeVisible()
  await confirmChart(hers)
  await connectApp(hers, house)
  await hers.getByRole('radio', { name: theo.name }).check()
  await pressAndReload(hers, hers.locator('main form button[type="submit"]'))
  await expectConsent(hers)
  await expect(hers.getByTestId('chart-name')).toHaveText(theo.name)
  await allowApp(hers)
  await expect(hers.getByTestId('patient-name')).toHaveText(theo.name)
  await expect(hers.getByTestId('signed-in-as')).toHaveAttribute(
    'data-fhir-user',
    `RelatedPerson/${ingrid.relatedPersonId}`,
  )
  await expect(hers.getByText('Hemoglobin', { exact: true })).toBeVisible()
  await expect(hers.getByText(/chlamydia/i)).toHaveCount(0)
  await expect(hers.getByText(/depress/i)).toHaveCount(0)
  expect((await tokensOf(hers)).access).not.toBe('')
  await hers.context().close()
})

test('without the second step a staff page opens only after a passkey, made once and used from then on', async ({
  page,
  house,
}) => {
  const device = await giveAuthenticator(page)
  const { secondFactor } = wordsIn('en')
  await page.goto(`${house.urls.broker}/staff/charts`)
  await signInAsStaff(page, 'oscar', 'left out')
  await expect(page.getByRole('button', { name: secondFactor.register })).toBeVisible()
  await page.goto(`${house.urls.broker}/staff/charts`)
  await expect(page).toHaveURL(/\/staff\/second-factor/)
  await page.getByRole('button', { name: secondFactor.register }).click()
  await expect(page).toHaveURL(`${house.urls.broker}/staff/charts`)

  await page.goto(`${house.urls.broker}/staff/sign-in?to=/staff/charts`)
  await signInAsStaff(page, 'oscar', 'left out')
  await device.setPersonThere(false)
  await page.getByRole('button', { name: secondFactor.use }).click()
  await expect(page.locator('main').getByText(secondFactor.failed)).toBeVisible()
  await device.setPersonThere(true)
  await page.getByRole('button', { name: secondFactor.use }).click()
  await expect(page).toHaveURL(`${house.urls.broker}/staff/charts`)
})

test('who signs in as staff without a role is told so and sees nothing', async ({ page, house }) => {
  await page.goto(`${house.urls.broker}/staff/charts`)
  await page.locator('form[action="/api/auth/signin/harbor-staff"] button').click()
  await page.getByLabel('Somebody else').fill('new.colleague')
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await page.getByRole('button', { name: 'Approve on my phone' }).click()
  await expect(page.getByRole('heading', { name: signInSays.problem.noRoleTitle })).toBeVisible()
  await page.goto(`${house.urls.broker}/staff/stops`)
  await expect(page.getByRole('heading', { name: signInSays.problem.noRoleTitle })).toBeVisible()
})

test('the desk cannot pause anything, and an invitation used once makes an administrator', async ({
  page,
  house,
}) => {
  await startWork(page, house, 'dana')
  await expect(page.getByRole('link', { name: say.home.stops })).toHaveCount(0)
  await page.goto(`${house.urls.broker}/staff/stops`)
  await expect(page.getByRole('heading', { name: signInSays.problem.noRoleTitle })).toBeVisible()
  const { invitation } = wordsIn('en')
  const number = (await house.command('invite', 'admin')).split('\n').at(-1) ?? ''
  await page.getByRole('link', { name: signInSays.problem.haveInvitation }).click()
  await page.getByLabel(invitation.number).fill(number)
  await page.getByRole('button', { name: invitation.redeem }).click()
  await expect(page.getByRole('status')).toContainText('admin')
  await page.goto(`${house.urls.broker}/staff/stops`)
  await expect(page.getByRole('heading', { name: wordsIn('en').stops.title })).toBeVisible()
  await page.goto(`${house.urls.broker}/staff/invitation`)
  await page.getByLabel(invitation.number).fill(number)
  await page.getByRole('button', { name: invitation.redeem }).click()
  await expect(page.locator('main').getByText(invitation.refused)).toBeVisible()
})

test('a patient’s visit opens no staff page, and a staff visit opens no patient page', async ({
  page,
  browser,
  house,
}) => {
  await page.goto(`${house.urls.broker}/sign-in`)
  await signIn(page, 'chloe')
  await expect(page).toHaveURL(`${house.urls.broker}/account`)
  for (const path of ['/staff', '/staff/charts', '/staff/stops', '/staff/invitation']) {
    await page.goto(`${house.urls.broker}${path}`)
    await expect(page).toHaveURL(/\/staff\/sign-in/)
  }
  const staff = await browser.newPage()
  await startWork(staff, house, 'ruth')
  for (const path of ['/account', '/link/confirm', '/link/done']) {
    await staff.goto(`${house.urls.broker}${path}`)
    await expect(staff).toHaveURL(/\/sign-in\?/)
  }
  await staff.context().close()
})

test('a chart that wrong birth dates locked stands among the alerts; the desk unlocks it, and its owner opens it', async ({
  page,
  browser,
  house,
}) => {
  test.setTimeout(120_000)
  const agnes = castMember('agnes')
  const guesser = await browser.newPage()
  await guesser.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(guesser, 'a.guesser')
  const found = await house.issueCode('agnes')
  for (const day of ['01', '02', '03', '04', '05']) {
    await enterCode(guesser, found, `1941-01-${day}`)
    await expect(guesser.locator('main').getByText(linkSays.problem.notMatched)).toBeVisible()
  }
  await guesser.context().close()

  const hers = await (await browser.newContext()).newPage()
  await hers.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(hers, 'agnes')
  const code = await house.issueCode('agnes')
  await enterCode(hers, code, agnes.birthDate)
  await expect(hers.locator('main').getByText(linkSays.problem.notMatched)).toBeVisible()
  await inspect(hers, 'a number for the call')

  await startWork(page, house, 'dana', '/staff/alerts')
  await expect(page.getByText(say.alerts.kinds['record-locked'])).toBeVisible()
  await expect(page.locator('main').getByText(agnes.name)).toHaveCount(0)
  await inspect(page, 'alerts')
  await takePicture(page, 'alerts')
  const alert = page.getByRole('listitem').filter({ hasText: say.alerts.kinds['record-locked'] })
  await pressAndArrive(page, alert.getByRole('link', { name: /^Open the chart of the alert/ }))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(agnes.name)
  await inspect(page, 'a locked chart')
  await takePicture(page, 'locked-chart')
  const lock = page.locator('form').filter({ hasText: say.review.unlock })
  await lock.getByLabel(say.review.reason).selectOption('called-back')
  await pressAndArrive(page, lock.getByRole('button', { name: say.review.unlock }))
  await expect(page.getByRole('status')).toHaveText(say.review.done)
  await page.goto(`${house.urls.broker}/staff/alerts`)
  await expect(page.getByText(say.alerts.none)).toBeVisible()

  await enterCode(hers, code, agnes.birthDate)
  await confirmChart(hers)
  await expect(hers.getByRole('heading', { name: linkSays.done.title })).toBeVisible()
  await hers.context().close()
})

test('a chart’s address copied to a colleague’s browser opens nothing', async ({ page, browser, house }) => {
  const naomi = castMember('naomi')
  await startWork(page, house, 'dana')
  await findChart(page, house, naomi.mrn)
  const colleague = await browser.newPage()
  await startWork(colleague, house, 'ruth')
  await colleague.goto(page.url())
  await expect(colleague.getByRole('heading', { name: say.chart.expiredTitle })).toBeVisible()
  await expect(colleague.getByText(naomi.name)).toHaveCount(0)
  await colleague.context().close()
})

test('the desk ends a sign-in after it was asked once more, and the app with it loses the chart at once', async ({
  page,
  browser,
  house,
}) => {
  const robin = castMember('robin')
  const theirs = await browser.newPage()
  await visitFirstTime(theirs, house, 'robin')
  const { access } = await tokensOf(theirs)
  const read = async () => (await askGateway(house, `Patient/${robin.patientId}`, access)).status
  expect(await read()).toBe(200)
  await startWork(page, house, 'dana')
  await findChart(page, house, robin.mrn)
  await expect(page.locator('main').getByText(born(robin.birthDate))).toBeVisible()
  const end = page.getByRole('link', { name: /^End the sign-in of/ })
  await end.click()
  await expect(page.getByRole('heading', { name: say.chart.endTitle })).toBeVisible()
  await inspect(page, 'asks before a sign-in ends')
  await page.getByRole('link', { name: say.chart.endNot }).click()
  await expect(page.getByRole('heading', { name: say.chart.endTitle })).toHaveCount(0)
  expect(await read()).toBe(200)
  await end.click()
  await page.getByRole('button', { name: say.chart.endNow }).click()
  await expect(page.getByRole('status')).toContainText(say.chart.done)
  await expect(page.getByText(say.chart.noLinks)).toBeVisible()
  expect(await read()).toBe(401)
  await theirs.context().close()
})

test('an app that registers itself is let in by the administrator, who sees whose name it wears', async ({
  page,
  house,
}) => {
  const { staffApps } = wordsIn('en')
  const answer = await page.request.post(`${house.urls.broker}/oauth/register`, {
    data: {
      client_name: 'Lab Windows',
      redirect_uris: ['https://diary.example/cb'],
      vestibule_statements: ['state-checked'],
    },
  })
  const { client_id: id } = (await answer.json()) as { client_id: string }
  await startWork(page, house, 'ruth', '/staff/apps')
  await expect(page.locator('main').getByText(staffApps.lookAlike)).toBeVisible()
  await page.getByRole('link', { name: 'Lab Windows' }).click()
  await expect(page).toHaveURL(`${house.urls.broker}/staff/apps/${id}`)
  await expect(page.locator('main').getByText(staffApps.resembles)).toBeVisible()
  await page.getByRole('button', { name: staffApps.approve }).click()
  await expect(page.locator('main').getByText(staffApps.done.approve)).toBeVisible()
  await page.getByRole('button', { name: staffApps.giveSecret }).click()
  await expect(page.locator('main').getByText(staffApps.secretOnce)).toBeVisible()
  await expect(page.locator('main code', { hasText: /^[A-Za-z0-9_-]{43}$/ })).toBeVisible()
  await page.getByRole('link', { name: staffApps.remove }).click()
  await expect(page).toHaveURL(`${house.urls.broker}/staff/apps/${id}/remove`)
  await expect(page.getByRole('heading', { name: 'Remove Lab Windows?' })).toBeVisible()
  await expect(page.locator('main').getByText('Nobody uses it')).toBeVisible()
  await inspect(page, 'asks before an app is removed')
  await page.getByRole('button', { name: staffApps.remove }).click()
  await expect(page).toHaveURL(`${house.urls.broker}/staff/apps?done=remove`)
  await expect(page.locator('main').getByText('Lab Windows')).toHaveCount(0)
})

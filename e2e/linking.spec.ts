import type { Browser, Page } from '@playwright/test'
import { expect, type House, test } from './house'
import {
  askGateway,
  connectApp,
  expectAppSays,
  expectResults,
  refreshApp,
  tokensOf,
  visitFirstTime,
} from './steps/app'
import { castMember } from './steps/cast'
import { takePicture } from './steps/images'
import { confirmChart, enterCode, madeUpCode, openOwnChart } from './steps/linking'
import { pressAndArrive } from './steps/press'
import { signIn } from './steps/sign-in'
import { startWork } from './steps/staff'
import { fill, wordsIn } from './steps/words'

test.use({ story: 'linking' })

const { link: say, account: accountSays, notMe: notMeSays } = wordsIn('en')

/** A browser of her own, signed in and asked for a code. */
async function readyForCode(browser: Browser, house: House, userName: string): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, userName)
  return page
}

/** What a person sees of a page: its address and every word of it. */
async function seen(page: Page): Promise<string> {
  await expect(page.locator('main').getByRole('alert')).toBeVisible()
  // biome-ignore lint/performance/useDomNodeTextContent: what is seen, not what stands in the page
  return `${page.url()}\n${await page.locator('main').innerText()}`
}

test('a wrong code, a wrong birth date and the clinic’s other codes give one page, until the sign-in has to wait', async ({
  browser,
  house,
}) => {
  const naomi = castMember('naomi')
  const code = await house.issueCode('naomi')
  const page = await readyForCode(browser, house, 'guesser.one')
  const guesses: readonly (readonly [string, string])[] = [
    [madeUpCode(), naomi.birthDate],
    [code, '1995-04-04'],
    [madeUpCode(), '1980-01-01'],
    [code, castMember('maya').birthDate],
    [madeUpCode(), naomi.birthDate],
  ]
  const pages = new Set<string>()
  for (const [tried, birthDate] of guesses) {
    await enterCode(page, tried, birthDate)
    await expect(page.locator('main').getByText(say.problem.notMatched)).toBeVisible()
    pages.add(await seen(page))
  }
  expect(pages.size).toBe(1)
  await enterCode(page, code, naomi.birthDate)
  await expect(page.locator('main').getByText(say.problem.limited)).toBeVisible()
  await expect(page.locator('main')).toContainText('minutes')
  await page.context().close()
  const hers = await readyForCode(browser, house, 'naomi')
  await enterCode(hers, code, naomi.birthDate)
  await expect(hers.locator('main').getByText(naomi.name)).toBeVisible()
  await hers.context().close()
})

test('a code or a date that cannot be one is said at once and uses no try', async ({ browser, house }) => {
  const page = await readyForCode(browser, house, 'fumbler')
  for (let times = 0; times < 6; times += 1) {
    await enterCode(page, 'ABC-DEF', '1988-03-14')
    await expect(page.locator('main').getByText(say.codeError)).toBeVisible()
  }
  await enterCode(page, madeUpCode(), '1988-13-40')
  await expect(page.locator('main').getByText(say.birthDateError)).toBeVisible()
  await enterCode(page, madeUpCode(), '1988-03-14')
  await expect(page.locator('main').getByText(say.problem.notMatched)).toBeVisible()
  await page.context().close()
})

test('five wrong birth dates end a code: its owner is told no more than a guesser, and a new code is needed', async ({
  browser,
  house,
}) => {
  const code = await house.issueCode('daniel')
  const guesser = await readyForCode(browser, house, 'guesser.two')
  for (const day of ['01', '02', '03', '04', '05']) {
    await enterCode(guesser, code, `1965-06-${day}`)
    await expect(guesser.locator('main').getByText(say.problem.notMatched)).toBeVisible()
  }
  await guesser.context().close()
  const daniel = await readyForCode(browser, house, 'daniel')
  await enterCode(daniel, code, castMember('daniel').birthDate)
  await expect(daniel.locator('main').getByText(say.problem.notMatched)).toBeVisible()
  await daniel.goto(`${house.urls.broker}/account`)
  await expect(daniel.locator('main').getByText(accountSays.noCharts)).toBeVisible()
  await daniel.context().close()
})

test('a code that was used opens nothing a second time, and only its owner is told so', async ({
  browser,
  page,
  house,
}) => {
  const code = await house.issueCode('george')
  const george = castMember('george')
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, 'george')
  await enterCode(page, code, george.birthDate)
  await confirmChart(page)
  await expect(page.locator('main').getByText(say.done.title)).toBeVisible()
  const finder = await readyForCode(browser, house, 'finder')
  await enterCode(finder, code, '1956-11-12')
  await expect(finder.locator('main').getByText(say.problem.notMatched)).toBeVisible()
  await enterCode(finder, code, george.birthDate)
  await expect(finder.locator('main').getByText(say.problem.noLongerLive)).toBeVisible()
  await finder.context().close()
})

test('two people of one name never see each other: not by codes, addresses, requests, sessions or tokens', async ({
  browser,
  house,
}) => {
  const contexts = await Promise.all([browser.newContext(), browser.newContext()])
  const [one, two] = await Promise.all(contexts.map((context) => context.newPage()))
  if (!one || !two) throw new Error('no pages')
  await visitFirstTime(one, house, 'maya')
  await visitFirstTime(two, house, 'maya-two')
  const [first, second] = [castMember('maya'), castMember('maya-two')]
  await expect(one.locator('main').getByText('Born Mar 14, 1988')).toBeVisible()
  await expect(two.locator('main').getByText('Born Mar 14, 1991')).toBeVisible()

  const tokens = await tokensOf(two)
  for (const path of [
    `Patient/${first.patientId}`,
    `Observation?patient=${first.patientId}`,
    `Patient?_id=${first.patientId}`,
  ]) {
    const [other, unknown] = await Promise.all(
      [path, path.replace(first.patientId, 'eNobodyHasThisIdAt')].map(async (asked) => {
        const answer = await askGateway(house, asked, tokens.access)
        return { status: answer.status, text: await answer.text() }
      }),
    )
    expect(other?.text).not.toContain('1988')
    expect(other?.status).toBe(unknown?.status)
    expect(other?.text.replaceAll(first.patientId, 'eNobodyHasThisIdAt')).toBe(unknown?.text)
  }
  expect((await askGateway(house, `Patient/${second.patientId}`, tokens.access)).status).toBe(200)

  await one.goto(`${house.urls.broker}/account`)
  const closing = await one.getByRole('link', { name: accountSays.closeChart }).getAttribute('href')
  const stopping = await one.getByRole('link', { name: /^Stop Lab Window/ }).getAttribute('href')
  for (const address of [closing, stopping]) {
    const answer = await two.goto(`${house.urls.broker}${address}`)
    expect(answer?.status()).toBe(404)
    await expect(two.locator('main').getByText(first.name)).toHaveCount(0)
  }

  await connectApp(one, house)
  await expect(one.getByTestId('chart-name')).toBeVisible()
  await two.goto(one.url())
  await expect(
    two.locator('main').getByText(wordsIn('en').authorize.refused['unknown-request']),
  ).toBeVisible()
  await expect(two.locator('main').getByText(first.name)).toHaveCount(0)

  const code = await house.issueCode('maya')
  await two.goto(`${house.urls.broker}/link`)
  await enterCode(two, code, second.birthDate)
  await expect(two.locator('main').getByText(say.problem.notMatched)).toBeVisible()
  await enterCode(two, code, first.birthDate)
  await expect(two.locator('main').getByText(say.problem.otherChartOpen)).toBeVisible()
  await two.goto(`${house.urls.broker}/link/confirm`)
  await expect(two.locator('main').getByText('Born in 1988')).toHaveCount(0)
  for (const context of contexts) await context.close()
})

test('the session’s cookie changes at sign-in and again at linking, and the earlier one is worth nothing', async ({
  page,
  house,
  browser,
}) => {
  const session = async (): Promise<string> =>
    (await page.context().cookies()).find(({ name }) => name.endsWith('session'))?.value ?? ''
  const code = await house.issueCode('ingrid')
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, 'ingrid')
  const signedIn = await session()
  await enterCode(page, code, castMember('ingrid').birthDate)
  await confirmChart(page)
  await expect(page.locator('main').getByText(say.done.title)).toBeVisible()
  const linked = await session()
  expect(signedIn).not.toBe('')
  expect(linked).not.toBe(signedIn)
  await page.goto(`${house.urls.broker}/sign-in?to=/account`)
  await signIn(page, 'ingrid')
  await expect(page.locator('main').getByText(accountSays.closeChart)).toBeVisible()
  const again = await session()
  expect(again).not.toBe(linked)
  for (const [old, isGood] of [
    [signedIn, false],
    [again, true],
  ] as const) {
    const thief = await browser.newContext()
    const cookie = (await page.context().cookies()).find(({ name }) => name.endsWith('session'))
    if (!cookie) throw new Error('no session cookie')
    await thief.addCookies([{ ...cookie, value: old }])
    const opened = await thief.newPage()
    await opened.goto(`${house.urls.broker}/account`)
    await expect(opened).toHaveURL(isGood ? /\/account$/ : /\/sign-in/)
    await thief.close()
  }
})

test('"this is not my sign-in" signs out and keeps the code good; "not the right chart" ends the code', async ({
  browser,
  house,
}) => {
  const robin = castMember('robin')
  const code = await house.issueCode('robin')
  const page = await readyForCode(browser, house, 'somebody.else')
  await enterCode(page, code, robin.birthDate)
  await page.getByRole('button', { name: say.confirm.notMySignIn }).click()
  await expect(page.locator('main').getByText(say.declined.title)).toBeVisible()
  await page.goto(`${house.urls.broker}/account`)
  await expect(page).toHaveURL(/\/sign-in/)

  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, 'robin')
  await enterCode(page, code, robin.birthDate)
  await expect(page.locator('main').getByText(robin.name)).toBeVisible()
  await page.getByRole('button', { name: say.confirm.notMyChart }).click()
  await expect(page.locator('main').getByText(say.declined.title)).toBeVisible()
  await page.goto(`${house.urls.broker}/link`)
  await enterCode(page, code, robin.birthDate)
  await expect(page.locator('main').getByText(say.problem.noLongerLive)).toBeVisible()
  await page.goto(`${house.urls.broker}/account`)
  await expect(page.locator('main').getByText(accountSays.noCharts)).toBeVisible()
  await page.context().close()
})

test('a neutral notice goes to the contact on record, and its "this was not me" ends the app’s access at once', async ({
  browser,
  page,
  house,
}) => {
  const layla = castMember('layla')
  await visitFirstTime(page, house, 'layla', { userName: 'stranger.with.her.paper' })
  const mailToHer = async (): Promise<string> =>
    (await house.mail()).find(({ to }) => to.includes(layla.contact.email ?? ''))?.text ?? ''
  await expect.poll(mailToHer, { timeout: 30_000 }).toContain('/not-me')
  const text = await mailToHer()
  for (const secret of [layla.name, layla.birthDate, layla.mrn, layla.patientId, 'Lab Window', 'stranger'])
    expect(text).not.toContain(secret)
  const address = text.match(/http:\S+/)?.[0] ?? ''

  const hers = await browser.newPage()
  await hers.goto(address)
  await expect(hers.getByLabel(notMeSays.number)).not.toHaveValue('')
  await expect(hers).toHaveURL(`${house.urls.broker}/not-me`)
  await refreshApp(page)
  await expectResults(page)
  await hers.getByRole('button', { name: notMeSays.stop }).click()
  await expect(hers.locator('main').getByText(notMeSays.doneTitle)).toBeVisible()

  await refreshApp(page)
  await expectAppSays(page, 'access-ended')
  await page.goto(`${house.urls.broker}/account`)
  await expect(page.locator('main').getByText(accountSays.onHold, { exact: true })).toBeVisible()
  await expect(page.locator('main').getByText(layla.name)).toHaveCount(0)
  await hers.context().close()

  const desk = await browser.newPage()
  const { staff: staffSays } = wordsIn('en')
  await startWork(desk, house, 'dana', '/staff/alerts')
  await expect(desk.getByText(staffSays.alerts.kinds['link-on-hold'])).toBeVisible()
  const alert = desk.getByRole('listitem').filter({ hasText: staffSays.alerts.kinds['link-on-hold'] })
  await pressAndArrive(desk, alert.getByRole('link', { name: /^Open the chart of the alert/ }))
  const hold = desk.locator('form').filter({ hasText: staffSays.review.lift })
  await hold.getByLabel(staffSays.review.reason).selectOption('id-checked')
  await pressAndArrive(desk, hold.getByRole('button', { name: staffSays.review.lift }))
  await expect(desk.getByRole('status')).toHaveText(staffSays.review.done)
  await takePicture(desk, 'hold-lifted')
  await desk.context().close()
  await page.goto(`${house.urls.broker}/account`)
  await expect(page.locator('main').getByText(layla.name).first()).toBeVisible()
})

test('no code is made for the record of a child, a dead person, a closed or a merged chart', async ({
  house,
}) => {
  const records = [
    castMember('theo').patientId,
    castMember('walter').patientId,
    castMember('priya').patientId,
    castMember('daniel').formerPatientId ?? '',
    'eNobodyHasThisIdAt',
  ]
  for (const record of records) {
    const { outcome, code, reason } = await house.orderCode(record)
    expect({ outcome, code, reason }).toEqual({ outcome: 'refused', code: undefined, reason: 'not-eligible' })
  }
})

for (const { title, change, mended } of [
  { title: 'died', change: { deceased: true }, mended: { deceased: false } },
  { title: 'was closed', change: { active: false }, mended: { active: true } },
  {
    title: 'is a child’s after all',
    change: { birthDate: '2015-08-25' },
    mended: { birthDate: '2001-08-25' },
  },
]) {
  test(`a record that ${title} since the code was printed is not opened, and its owner is told to call`, async ({
    browser,
    house,
  }) => {
    const chloe = castMember('chloe')
    const code = await house.issueCode('chloe')
    const page = await readyForCode(browser, house, 'chloe')
    await house.ehr('patient', { id: chloe.patientId, ...change })
    await enterCode(page, code, chloe.birthDate)
    await expect(page.locator('main').getByText(say.problem.callClinic)).toBeVisible()
    await house.ehr('patient', { id: chloe.patientId, ...mended })
    await page.context().close()
  })
}

test('a death ends access at the app’s next renewal, and the person’s page says that the chart is on hold', async ({
  page,
  house,
}) => {
  const agnes = castMember('agnes')
  await visitFirstTime(page, house, 'agnes')
  await house.ehr('patient', { id: agnes.patientId, deceased: '2026-11-01' })
  await page.getByTestId('renew').click()
  await expect(page.getByTestId('error-box').first()).toHaveAttribute('data-problem', 'access-ended')
  await page.goto(`${house.urls.broker}/account`)
  await expect(page.locator('main').getByText(accountSays.onHold, { exact: true })).toBeVisible()
  await house.ehr('patient', { id: agnes.patientId, deceased: false })
})

test('an EHR out of reach costs nothing: the code stays good and opens the chart a minute later', async ({
  browser,
  house,
}) => {
  const code = await house.issueCode('chloe')
  const page = await readyForCode(browser, house, 'chloe')
  await house.ehr('unavailable', { mode: '503', seconds: 600 })
  await enterCode(page, code, castMember('chloe').birthDate)
  await expect(page.locator('main').getByText(say.problem.ehrUnreachable)).toBeVisible()
  await house.ehr('unavailable', { mode: '503', seconds: 0 })
  await enterCode(page, code, castMember('chloe').birthDate)
  await confirmChart(page)
  await expect(page.locator('main').getByText(say.done.title)).toBeVisible()
  await page.context().close()
})

test('a scanned picture fills in the code, which never stands in an address the server sees', async ({
  page,
  house,
}) => {
  const code = await house.issueCode('naomi')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${house.urls.broker}/link#code=${code}`)
  await page.getByRole('link', { name: say.signIn }).click()
  await signIn(page, 'naomi')
  await expect(page.getByLabel(say.code)).toHaveValue(code)
  expect(asked.join('\n')).not.toContain(code)
})

test('who already opened the chart is sent on, with nothing more to do', async ({ page, house }) => {
  await openOwnChart(page, house, 'maya', 'maya.again')
  const code = await house.issueCode('maya')
  await page.goto(`${house.urls.broker}/link`)
  await enterCode(page, code, castMember('maya').birthDate)
  await expect(page.locator('main').getByText(say.problem.alreadyOpen)).toBeVisible()
  await page.getByRole('link', { name: fill(wordsIn('en').common.continue, {}) }).click()
  await expect(page.getByRole('heading', { name: accountSays.title })).toBeVisible()
})

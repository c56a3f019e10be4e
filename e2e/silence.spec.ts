import type { BrowserContext, Page } from '@playwright/test'
import { expect, type House, test } from './house'
import { closeChart } from './steps/account'
import {
  allowApp,
  askGateway,
  askRefresh,
  connectApp,
  declineApp,
  expectConsent,
  expectResults,
  renewAccess,
  tokensOf,
} from './steps/app'
import { castMember } from './steps/cast'
import { confirmChart, enterCode, madeUpCode } from './steps/linking'
import { signIn } from './steps/sign-in'
import { findChart, startWork } from './steps/staff'
import { wordsIn } from './steps/words'

test.use({ story: 'silence' })
test.setTimeout(120_000)

/** Everything that must stay where it belongs, by what it is. Filled while the story goes on. */
type Canaries = Map<string, string>

/** What a browser asked the broker for, and what the broker said when it refused. */
type Heard = { readonly addresses: string[]; readonly refusals: string[] }

function listen(context: BrowserContext, house: House, canaries: Canaries): Heard {
  const heard: Heard = { addresses: [], refusals: [] }
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin === house.urls.broker && isPage(url)) heard.addresses.push(request.url())
    if (url.origin === house.urls.app && url.searchParams.has('code'))
      canaries.set('authorization code', url.searchParams.get('code') ?? '')
    if (url.pathname.startsWith('/api/auth/callback/'))
      canaries.set('the provider’s code', url.searchParams.get('code') ?? '')
  })
  context.on('response', async (response) => {
    if (response.status() < 400 || new URL(response.url()).origin !== house.urls.broker) return
    heard.refusals.push(await response.text().catch(() => ''))
  })
  return heard
}

/** The web plane: pages and forms. FHIR addresses name records by their nature; the provider's answer carries its code. */
function isPage(url: URL): boolean {
  return !/^\/(fhir|api\/auth\/callback)\//.test(url.pathname)
}

/** The values of one person that no log line may hold. */
function notePerson(canaries: Canaries, key: string): void {
  const person = castMember(key)
  canaries.set(`name of ${key}`, person.name)
  canaries.set(`family name of ${key}`, person.name.split(' ').at(-1) ?? '')
  canaries.set(`birth date of ${key}`, person.birthDate)
  canaries.set(`record number of ${key}`, person.mrn)
  canaries.set(`record of ${key}`, person.patientId)
  canaries.set(`subject of ${key}`, person.idpSubject)
  if (person.contact.email) canaries.set(`e-mail of ${key}`, person.contact.email)
}

async function noteTokens(canaries: Canaries, page: Page, when: string): Promise<void> {
  const { access, refresh, id } = await tokensOf(page)
  for (const [name, value] of Object.entries({ access, refresh, id }))
    canaries.set(`${name} token ${when}`, value)
}

async function noteCookies(canaries: Canaries, context: BrowserContext, house: House): Promise<void> {
  for (const { name, value } of await context.cookies(house.urls.broker))
    if (!name.endsWith('language')) canaries.set(`cookie ${name}`, value)
}

function noteCode(canaries: Canaries, name: string, code: string): void {
  canaries.set(name, code)
  canaries.set(`${name}, as typed`, code.replaceAll('-', ''))
}

test('[9700-4.2] after a whole story no name, birth date, record, code, token or address stands in a log line, a page’s URL or a refusal', async ({
  page,
  context,
  browser,
  house,
}) => {
  const canaries: Canaries = new Map()
  const heard = listen(context, house, canaries)
  const chloe = castMember('chloe')
  notePerson(canaries, 'chloe')
  notePerson(canaries, 'daniel')
  const { link: linkSays, notMe: notMeSays } = wordsIn('en')

  const [stale, code] = [await house.issueCode('chloe'), await house.issueCode('chloe')]
  const unknown = madeUpCode()
  noteCode(canaries, 'activation code', code)
  noteCode(canaries, 'replaced activation code', stale)
  noteCode(canaries, 'code that is none', unknown)
  await connectApp(page, house)
  await signIn(page, 'chloe')
  await noteCookies(canaries, context, house)
  for (const [typed, birthDate] of [
    [unknown, chloe.birthDate],
    [code, '2001-08-26'],
    [stale, chloe.birthDate],
  ] as const) {
    await enterCode(page, typed, birthDate)
    await expect(page.locator('main').getByRole('alert')).toBeVisible()
  }
  await enterCode(page, code, chloe.birthDate)
  await confirmChart(page)
  await expectConsent(page)
  await noteCookies(canaries, context, house)
  await allowApp(page)
  await expectResults(page)
  await noteTokens(canaries, page, 'at first')
  await renewAccess(page)
  await noteTokens(canaries, page, 'renewed')
  const tokens = await tokensOf(page)

  for (const [path, token] of [
    [`Patient/${castMember('daniel').patientId}`, tokens.access],
    [`Observation?patient=${chloe.patientId}&code:text=${chloe.name}`, tokens.access],
    [`Patient?name=${chloe.name}&birthdate=${chloe.birthDate}`, tokens.access],
    [`Patient/${chloe.patientId}`, tokens.id],
    [`Patient/${chloe.patientId}?access_token=${tokens.access}`, tokens.access.slice(0, -4)],
  ] as const) {
    const answer = await askGateway(house, path, token)
    expect(answer.ok).toBe(false)
    heard.refusals.push(await answer.text())
  }
  heard.refusals.push(await (await askRefresh(house, `${tokens.refresh}x`)).text())

  await connectApp(page, house)
  await expectConsent(page)
  await declineApp(page)
  await expect(page.getByTestId('error-box')).toBeVisible()

  const desk = await browser.newContext()
  const deskHeard = listen(desk, house, canaries)
  const work = await desk.newPage()
  await startWork(work, house, 'dana')
  await findChart(work, house, chloe.mrn)
  const { charts, chart } = wordsIn('en').staff
  await work.goto(`${house.urls.broker}/staff/charts`)
  await work.getByLabel(charts.reason).selectOption('support')
  await work.getByLabel(charts.name).fill(castMember('daniel').name)
  await work.getByLabel(charts.birthDate).fill(castMember('daniel').birthDate)
  await work.getByRole('button', { name: charts.search }).click()
  await work.getByRole('link', { name: /^Open/ }).first().click()
  await work.getByLabel(chart.patientHere).check()
  await work.getByLabel(chart['photo-id']).check()
  await work.getByRole('button', { name: chart.issueNow }).click()
  const printed = await work.getByText(/^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}$/).textContent()
  noteCode(canaries, 'printed code', printed ?? '')
  await noteCookies(canaries, desk, house)

  await house.ehr('unavailable', { mode: '503', seconds: 600 })
  heard.refusals.push(await (await askGateway(house, 'Condition', tokens.access)).text())
  await page.goto(`${house.urls.broker}/account`)
  await house.ehr('unavailable', { mode: '503', seconds: 0 })

  const noteOf = async (): Promise<string> =>
    (await house.mail()).find(({ to }) => to.includes(chloe.contact.email ?? ''))?.text ?? ''
  await expect.poll(noteOf, { timeout: 20_000 }).toContain('/not-me#n=')
  const number = /#n=(\S+)/.exec(await noteOf())?.[1] ?? ''
  noteCode(canaries, 'number of the notice', number)
  await work.goto(`${house.urls.broker}/not-me#n=${number}`)
  await expect(work.getByLabel(notMeSays.number)).toHaveValue(number)
  await closeChart(page, house)
  await work.getByRole('button', { name: notMeSays.stop }).click()
  await expect(work.getByRole('heading', { level: 1 })).toHaveText(notMeSays.doneTitle)
  await page.goto(`${house.urls.broker}/link`)
  await enterCode(page, code, chloe.birthDate)
  await expect(page.locator('main').getByText(linkSays.problem.noLongerLive)).toBeVisible()

  const logged = house.lines.filter((line) => line.startsWith('server: '))
  const addresses = [...heard.addresses, ...deskHeard.addresses]
  const refusals = [...heard.refusals, ...deskHeard.refusals]
  expect(logged.length).toBeGreaterThan(20)
  expect(addresses.length).toBeGreaterThan(30)
  expect(refusals.length).toBeGreaterThanOrEqual(7)
  expect(canaries.size).toBeGreaterThan(30)
  expect([...canaries].filter(([, value]) => value.length < 6)).toEqual([])
  for (const [name, value] of canaries) {
    const forms = [value, encodeURIComponent(value), value.replaceAll(' ', '+')]
    const isIn = (text: string): boolean => forms.some((form) => text.includes(form))
    expect.soft(logged.filter(isIn), `${name} in the log`).toEqual([])
    expect.soft(addresses.filter(isIn), `${name} in an address`).toEqual([])
    expect.soft(refusals.filter(isIn), `${name} in a refusal`).toEqual([])
  }
  await desk.close()
})

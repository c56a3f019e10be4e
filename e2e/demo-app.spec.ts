import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { type FakeSmartServer, startFakeSmartServer } from '../demo/app/fake-smart-server'
import { type RunningApp, startApp } from '../demo/app/server'

let fake: FakeSmartServer
let app: RunningApp

test.beforeAll(async () => {
  fake = await startFakeSmartServer()
  app = await startApp({ port: 0, fhirBase: fake.fhirBase })
})
test.afterAll(async () => {
  await app.close()
  await fake.close()
})
test.beforeEach(({ page }) => {
  fake.reset()
  page.on('dialog', () => {
    throw new Error('a script of the chart ran')
  })
})

async function connect(page: Page): Promise<void> {
  await page.goto(app.url)
  await page.getByTestId('connect').click()
}

function asked(line: string): number {
  return fake.seen.filter((entry) => entry.line === line).length
}

async function expectProblem(page: Page, problem: string): Promise<void> {
  await expect(page.getByTestId('error-box').first()).toHaveAttribute('data-problem', problem)
  await expect(page.getByTestId('result-row')).toHaveCount(0)
}

test('from the first page to the results, as text, with the code gone from the address', async ({
  page,
  context,
}) => {
  await connect(page)
  await expect(page.getByTestId('patient-name')).toHaveText('Maya <img src=x onerror=alert(1)> Rivera')
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  const names = await page.getByTestId('result-name').allTextContents()
  expect(names).toEqual([
    'Thyrotropin',
    'Potassium',
    'Sodium',
    'Urine culture <script>window.ran = true</script>',
  ])
  const potassium = page.getByTestId('result-row').filter({ hasText: 'Potassium' })
  await expect(potassium.getByTestId('result-value')).toHaveText('5.6')
  await expect(potassium.getByTestId('result-unit')).toHaveText('mmol/L')
  await expect(potassium.getByTestId('result-range')).toHaveText('3.5 – 5.1')
  await expect(potassium.getByTestId('result-flag')).toHaveText('High')
  await expect(potassium.getByTestId('result-status')).toHaveText('Final')
  await expect(page.getByTestId('report-row')).toHaveCount(1)
  expect(page.url()).toBe(`${app.url}/app`)
  expect(await page.evaluate(() => Reflect.get(window, 'ran'))).toBeUndefined()
  expect(await context.cookies()).toEqual([])
  expect(await page.evaluate(() => localStorage.length)).toBe(0)
})

test('[Q3] the state has 256 random bits and is new each time; PKCE and a nonce go along', async ({
  page,
}) => {
  const states: string[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.pathname !== '/authorize') return
    states.push(url.searchParams.get('state') ?? '')
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
    expect(url.searchParams.get('nonce')).toMatch(/^[\w-]{43}$/)
    expect(url.searchParams.get('aud')).toBe(fake.fhirBase)
  })
  for (let times = 0; times < 2; times += 1) {
    await connect(page)
    await expect(page.getByTestId('result-row')).toHaveCount(4)
  }
  expect(states[0]).toMatch(/^[\w-]{43}$/)
  expect(states[1]).not.toBe(states[0])
})

for (const [behaviour, problem] of [
  ['declined', 'declined'],
  ['wrong-iss', 'wrong-issuer'],
  ['no-iss', 'wrong-issuer'],
  ['wrong-state', 'not-ours'],
] as const) {
  test(`an authorization answer that is ${behaviour} is explained and no code is spent`, async ({ page }) => {
    fake.behaviour.authorize = behaviour
    await connect(page)
    await expectProblem(page, problem)
    expect(asked('POST /token')).toBe(0)
  })
}

for (const idToken of ['wrong-nonce', 'wrong-aud'] as const) {
  test(`an id_token with ${idToken} ends in nothing kept`, async ({ page }) => {
    fake.behaviour.idToken = idToken
    await connect(page)
    await expectProblem(page, 'wrong-id-token')
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })
}

test('a code somebody else obtained, opened here by a link, is not used', async ({ page }) => {
  await page.goto(`${app.url}/app?code=stolen&state=SMART_KEY&iss=${encodeURIComponent(fake.origin)}`)
  await expectProblem(page, 'not-ours')
  expect(asked('POST /token')).toBe(0)
})

test('[Q3] a link cannot send the person or the app to another server', async ({ page }) => {
  const strange: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(app.url)) strange.push(request.url())
  })
  for (const query of ['iss=https://evil.example.org/fhir', 'fhirServiceUrl=https://evil.example.org/fhir']) {
    await page.goto(`${app.url}/launch?${query}&launch=1`)
    await expectProblem(page, 'unknown-server')
  }
  expect(strange).toEqual([])
})

test('the address cannot change the client or the patient', async ({ page }) => {
  const authorize = page.waitForRequest((request) => new URL(request.url()).pathname === '/authorize')
  await page.goto(`${app.url}/launch?clientId=other&patientId=other`)
  expect(new URL((await authorize).url()).searchParams.get('client_id')).toBe('lab-window')
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  expect(asked('GET /fhir/Patient/fake-patient')).toBe(1)
})

test('a next page on another server is never asked for', async ({ page }) => {
  fake.behaviour.nextLink = 'https://evil.example.org/fhir/Observation?page=2'
  const strange: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('evil.example.org')) strange.push(request.url())
  })
  await connect(page)
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  expect(strange).toEqual([])
})

test('an expired pass is renewed by itself, and on request', async ({ page }) => {
  fake.behaviour.expiresIn = 5
  await connect(page)
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  const before = fake.seen.filter(({ form }) => form['grant_type'] === 'refresh_token').length
  expect(before).toBeGreaterThan(0)
  fake.behaviour.expiresIn = 300
  await page.getByTestId('renew').click()
  await expect(page.getByTestId('access-until')).toContainText('Renewed')
})

test('a server that is down for a minute does not end the connection', async ({ page }) => {
  await connect(page)
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  fake.behaviour.refreshStatus = 503
  await page.getByTestId('renew').click()
  await expect(page.getByTestId('error-box')).toHaveAttribute('data-problem', 'unavailable')
  fake.behaviour.refreshStatus = 0
  await page.getByTestId('renew').click()
  await expect(page.getByTestId('access-until')).toContainText('Renewed')
})

test('a clinic out of reach is said once for the page, and the way back works', async ({ page }) => {
  fake.behaviour.fhirStatus = 503
  await connect(page)
  await expect(page.getByTestId('error-box')).toHaveCount(1)
  await expectProblem(page, 'unavailable')
  fake.behaviour.fhirStatus = 0
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByTestId('result-row')).toHaveCount(4)
})

test('an app that the clinic paused is told apart from what was not shared, and stays connected', async ({
  page,
}) => {
  await connect(page)
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  fake.behaviour.fhirStatus = 403
  await page.getByTestId('refresh').click()
  await expectProblem(page, 'paused')
  fake.behaviour.fhirStatus = 0
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByTestId('result-row')).toHaveCount(4)
})

test('access that was ended is explained, and every token is forgotten', async ({ page }) => {
  await connect(page)
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  fake.endAccess()
  await page.getByTestId('refresh').click()
  await expectProblem(page, 'access-ended')
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
})

test('lab results left unticked are refused by the server and explained here', async ({ page }) => {
  fake.behaviour.unticked = ['patient/Observation.rs']
  await connect(page)
  await expectProblem(page, 'not-shared')
  await expect(page.getByTestId('report-row')).toHaveCount(1)
  await expect(page.locator('[data-scope="patient/Observation.rs"]')).toHaveCount(0)
})

test('signing out revokes the refresh token and forgets everything', async ({ page }) => {
  await connect(page)
  await page.getByTestId('sign-out').click()
  await expect(page.getByTestId('signed-out')).toBeVisible()
  expect(fake.seen.at(-1)).toMatchObject({
    line: 'POST /revoke',
    form: { token_type_hint: 'refresh_token', client_id: 'lab-window' },
  })
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  await page.goto(`${app.url}/app`)
  await expectProblem(page, 'not-connected')
})

test('[Q3] tokens are in the storage of this tab alone and never go to the app’s own server', async ({
  page,
  context,
}) => {
  const toApp: string[] = []
  page.on('request', async (request) => {
    if (request.url().startsWith(app.url))
      toApp.push(JSON.stringify(await request.allHeaders()) + (request.postData() ?? ''))
  })
  await connect(page)
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  await page.reload()
  await expect(page.getByTestId('result-row')).toHaveCount(4)
  const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage }))
  const token = /access_token\\":\\"([^\\]+)/.exec(stored)?.[1] ?? 'none'
  expect(token).not.toBe('none')
  expect(toApp.join()).not.toContain(token)
  const other = await context.newPage()
  await other.goto(`${app.url}/app`)
  await expectProblem(other, 'not-connected')
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test(`no page has an axe violation or scrolls sideways at ${width} px, ${colorScheme}`, async ({
      page,
    }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      const check = async (name: string): Promise<void> => {
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
        await page.screenshot({
          path: `test-results/demo-app/${name}-${width}-${colorScheme}.png`,
          fullPage: true,
        })
      }
      await page.goto(app.url)
      await check('home')
      await connect(page)
      await expect(page.getByTestId('part')).toHaveCount(5)
      await check('results')
      await page.getByTestId('sign-out').click()
      await expect(page.getByTestId('signed-out')).toBeVisible()
      await check('signed-out')
      fake.behaviour.authorize = 'declined'
      await connect(page)
      await expectProblem(page, 'declined')
      await check('declined')
    })
  }
}

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { issueFormToken } from '@/lib/http/form-token'
import { endSession } from '@/lib/identity/change-session'
import { openSession } from '@/lib/identity/new-session'
import { findProvider } from '@/lib/identity/providers'
import { findPatient, findStaff } from '@/lib/identity/session'
import { findDeparture, signInEndpoint, signInFormHolder, signInFormPurpose } from '@/lib/identity/sign-in'
import { forgetOnce } from '@/lib/process/once'
import { liftStop, setStop } from '@/lib/stops/stops'
import { addSeconds, now, setClock } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'
import {
  openSignInBrowser,
  type SignInBrowser,
  startTestProvider,
  type TestProvider,
} from '@/test/sign-in-browser'

const operator = { kind: 'system', id: 'test' } as const
let idp: TestProvider
let close: () => Promise<void>

beforeAll(async () => {
  idp = await startTestProvider('http://localhost:3000')
  close = await openTestDatabase({ config: { providers: idp.providers } })
})
afterAll(async () => {
  await close()
  await idp.close()
})
beforeEach(async () => {
  setClock(() => new Date())
  forgetOnce('provider-metadata')
  await idp.control('reset')
  await db().rateLimitHit.deleteMany()
})

function whyOf(response: Response): string | null {
  return new URL(response.headers.get('location') ?? '', 'http://x').searchParams.get('why')
}

function hasNoSession(browser: SignInBrowser): Promise<boolean> {
  return findPatient(browser.cookieHeader(), now()).then((session) => session === undefined)
}

describe('signing in at a provider', () => {
  it('a first visit makes one account and a session, with its audit row', async () => {
    const browser = openSignInBrowser(idp.url)
    const response = await browser.signIn('sunrise', 'maya')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/account')
    const session = await findPatient(browser.cookieHeader(), now())
    expect(session).toMatchObject({
      kind: 'patient',
      provider: 'sunrise',
      issuer: idp.issuers['sunrise'],
      authTimeProven: true,
    })
    const audit = await db().auditEvent.findFirst({
      where: { name: 'sign-in.succeeded', accountId: session?.accountId ?? '' },
    })
    expect(audit?.detail).toEqual({ provider: 'sunrise', kind: 'patient', firstTime: true })
  })

  it('the cookie is HttpOnly and Lax, and nothing of next-auth reaches the browser', async () => {
    const browser = openSignInBrowser(idp.url)
    const cookies = (await browser.signIn('sunrise', 'maya')).headers.getSetCookie()
    expect(cookies.find((line) => line.startsWith('vestibule.session='))).toMatch(/; HttpOnly; SameSite=Lax$/)
    expect(browser.cookieHeader()).toMatch(/^vestibule\.session=[\w-]{43}$/)
  })

  it('the second visit finds the same account', async () => {
    const sessions = []
    for (const browser of [openSignInBrowser(idp.url), openSignInBrowser(idp.url)]) {
      await browser.signIn('sunrise', 'daniel')
      sessions.push(await findPatient(browser.cookieHeader(), now()))
    }
    expect(sessions[1]?.accountId).toBe(sessions[0]?.accountId)
    expect(sessions[1]?.id).not.toBe(sessions[0]?.id)
  })

  it('[RP-key] the same verified e-mail with different subjects stays two accounts', async () => {
    const [a, b] = [openSignInBrowser(idp.url), openSignInBrowser(idp.url)]
    await a.signIn('sunrise', 'maya')
    await b.signIn('northwind', 'maya')
    const [atSunrise, atNorthwind] = [
      await findPatient(a.cookieHeader(), now()),
      await findPatient(b.cookieHeader(), now()),
    ]
    expect(atSunrise).toBeDefined()
    expect(atNorthwind?.accountId).not.toBe(atSunrise?.accountId)
  })

  it('[RP-pins] every explicit sign-in asks for openid alone, which account, PKCE, state and nonce', async () => {
    const browser = openSignInBrowser(idp.url)
    const begun = await browser.begin('sunrise')
    const callback = await browser.choose(begun, 'maya')
    expect(callback.searchParams.has('code')).toBe(true)
    const again = openSignInBrowser(idp.url)
    const parameters = addressOf(again, await again.begin('sunrise'))
    expect(parameters.get('scope')).toBe('openid')
    expect(parameters.get('prompt')).toBe('select_account')
    expect(parameters.get('code_challenge_method')).toBe('S256')
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(parameters.get(name)?.length).toBeGreaterThan(20)
    expect(parameters.get('redirect_uri')).toBe('http://localhost:3000/api/auth/callback/sunrise')
  })

  it('[L2] after a launch, and only then, who is signed in at the provider goes straight on', async () => {
    const browser = openSignInBrowser(idp.url)
    await browser.signIn('sunrise', 'maya')
    const expected = { expected: '1', to: '/authorize/0000' }
    const direct = addressOf(browser, await browser.begin('sunrise', expected))
    expect(direct.has('prompt')).toBe(false)
    for (const form of [{ expected: '1' }, { ...expected, to: '/account' }, { to: '/authorize/0000' }]) {
      const asked = addressOf(browser, await browser.begin('sunrise', form))
      expect(asked.get('prompt')).toBe('select_account')
    }
  })

  it('the query of the post is never taken for parameters of the request to the provider', async () => {
    const browser = openSignInBrowser(idp.url)
    const begun = await browser.begin(
      'sunrise?scope=openid%20email&prompt=none&redirect_uri=https://evil.example',
    )
    const parameters = addressOf(browser, begun)
    expect(parameters.get('scope')).toBe('openid')
    expect(parameters.get('prompt')).toBe('select_account')
    expect(parameters.get('redirect_uri')).toBe('http://localhost:3000/api/auth/callback/sunrise')
  })

  it('a fresh authentication asked for is asked of the provider, and its answer stands in the session', async () => {
    const browser = openSignInBrowser(idp.url)
    await browser.signIn('sunrise', 'maya')
    const begun = await browser.begin('sunrise', { fresh: '0' })
    const parameters = addressOf(browser, begun)
    expect([parameters.get('prompt'), parameters.get('max_age')]).toEqual(['login', '0'])
    const before = new Date()
    await browser.comeBack(await browser.choose(begun, 'maya'))
    const session = await findPatient(browser.cookieHeader(), now())
    expect(session?.authTimeProven).toBe(true)
    expect(session?.authTime.getTime()).toBeGreaterThan(before.getTime() - 2_000)
  })

  it('[9470] two factors are asked for in the provider’s own words, and only of one that knows some', async () => {
    const browser = openSignInBrowser(idp.url)
    const asked = async () => addressOf(browser, await browser.begin('sunrise', { strong: '1' }))
    expect((await asked()).get('acr_values')).toBeNull()
    const before = config()
    const mfa = { acr: ['https://refeds.org/profile/mfa'], amr: [] }
    setConfig({ ...before, providers: before.providers.map((one) => ({ ...one, mfa })) })
    try {
      expect((await asked()).get('acr_values')).toBe('https://refeds.org/profile/mfa')
      const usual = addressOf(browser, await browser.begin('sunrise'))
      expect(usual.get('acr_values')).toBeNull()
    } finally {
      setConfig(before)
    }
  })

  it('two tabs signing in do not undo one another', async () => {
    const browser = openSignInBrowser(idp.url)
    const [first, second] = [await browser.begin('sunrise'), await browser.begin('northwind')]
    const firstBack = await browser.choose(first, 'maya')
    const secondBack = await browser.choose(second, 'maya')
    expect((await browser.comeBack(firstBack)).headers.get('location')).toBe('/account')
    expect((await browser.comeBack(secondBack)).headers.get('location')).toBe('/account')
    expect(await findPatient(browser.cookieHeader(), now())).toMatchObject({ provider: 'northwind' })
  })

  it('many abandoned sign-ins leave three cookies at most', async () => {
    const browser = openSignInBrowser(idp.url)
    for (let i = 0; i < 6; i++) await browser.begin('sunrise')
    expect(browser.cookieHeader().match(/vestibule\.sign-in-/g)).toHaveLength(3)
    expect(browser.cookieHeader().length).toBeLessThan(9_000)
  })

  it('[9700-4.11] returns to the path asked for and to no other origin', async () => {
    const good = openSignInBrowser(idp.url)
    const callback = await good.choose(await good.begin('sunrise', { to: '/authorize/abc?x=1' }), 'maya')
    expect((await good.comeBack(callback)).headers.get('location')).toBe('/authorize/abc?x=1')
    const bad = openSignInBrowser(idp.url)
    const other = await bad.choose(await bad.begin('sunrise', { to: '//evil.example' }), 'maya')
    expect((await bad.comeBack(other)).headers.get('location')).toBe('/account')
  })

  it('a form without our token, or posted by another origin, begins nothing', async () => {
    const browser = openSignInBrowser(idp.url)
    expect(whyOf(await browser.begin('sunrise', { form_token: 'forged' }))).toBe('form-expired')
    const token = issueFormToken(signInFormPurpose, signInFormHolder, now())
    for (const foreign of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const init = {
        method: 'POST',
        headers: new Headers(Object.entries(foreign)),
        body: new URLSearchParams({ form_token: token }),
      }
      const answer = await signInEndpoint(new Request('http://localhost:3000/api/auth/signin/sunrise', init))
      expect(whyOf(answer)).toBe('form-expired')
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })

  it.each([
    '_log',
    'session',
    'csrf',
    'signout',
    'providers',
    'error',
    'signin',
    'callback',
    'signin/nobody/x',
  ])('next-auth’s own /api/auth/%s is not served', async (path) => {
    for (const method of ['GET', 'POST']) {
      const response = await signInEndpoint(new Request(`http://localhost:3000/api/auth/${path}`, { method }))
      expect(response.status).toBe(404)
    }
  })
})

describe('answers that are not believed', () => {
  it.each([
    'wrong-iss',
    'wrong-aud',
    'wrong-nonce',
    'no-nonce',
    'expired',
    'alg-none',
    'alg-hs256',
    'wrong-signature',
  ])('an ID token with %s opens no session, and the refusal is in the audit', async (fault) => {
    await idp.control('id-token', { issuer: 'sunrise', fault })
    const browser = openSignInBrowser(idp.url)
    const response = await browser.signIn('sunrise', 'maya')
    expect(whyOf(response)).toBe('not-believed')
    expect(await hasNoSession(browser)).toBe(true)
    const expected: Record<string, string> = {
      'wrong-iss': 'id-token-issuer',
      'wrong-aud': 'id-token-audience',
      'wrong-nonce': 'id-token-nonce',
      'no-nonce': 'id-token-nonce',
      expired: 'id-token-time',
      'alg-none': 'id-token-algorithm',
      'alg-hs256': 'id-token-algorithm',
      'wrong-signature': 'id-token-signature',
    }
    const audit = await db().auditEvent.findFirst({
      where: { name: 'sign-in.refused' },
      orderBy: { at: 'desc' },
    })
    expect(audit?.detail).toEqual({ provider: 'sunrise', reason: expected[fault] })
  })

  it('[RP-pins][9207] an answer that names another issuer is refused before the code is redeemed', async () => {
    await idp.control('authorization-response', { issuer: 'sunrise', fault: 'wrong-iss' })
    const browser = openSignInBrowser(idp.url)
    expect(whyOf(await browser.signIn('sunrise', 'maya'))).toBe('not-believed')
    expect(await hasNoSession(browser)).toBe(true)
  })

  it('[9207] an answer without issuer is refused when the provider says it always sends one', async () => {
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    callback.searchParams.delete('iss')
    expect(whyOf(await browser.comeBack(callback))).toBe('not-believed')
  })

  it('[9700-4.7] a forged state is nobody’s sign-in', async () => {
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    callback.searchParams.set('state', 'forged')
    const rows = await db().auditEvent.count()
    expect(whyOf(await browser.comeBack(callback))).toBe('start-again')
    expect(await hasNoSession(browser)).toBe(true)
    expect(await db().auditEvent.count()).toBe(rows)
  })

  it('[RP-pins][9700-4.7] an answer carried to another browser opens nothing there (login CSRF)', async () => {
    const attacker = openSignInBrowser(idp.url)
    const callback = await attacker.choose(await attacker.begin('sunrise'), 'maya')
    const victim = openSignInBrowser(idp.url)
    expect(whyOf(await victim.comeBack(callback))).toBe('start-again')
    expect(await hasNoSession(victim)).toBe(true)
  })

  it('[9700-4.4] an answer at another provider’s callback is refused (mix-up)', async () => {
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    callback.pathname = '/api/auth/callback/northwind'
    expect(whyOf(await browser.comeBack(callback))).toBe('start-again')
    expect(await hasNoSession(browser)).toBe(true)
  })

  it('[9700-4.7] an answer counts once', async () => {
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    const kept = browser.cookieHeader()
    await browser.comeBack(callback)
    expect(whyOf(await browser.comeBack(callback))).toBe('start-again')
    const replay = openSignInBrowser(idp.url)
    for (const line of kept.split('; ')) replay.setCookie(line)
    expect(whyOf(await replay.comeBack(callback))).toBe('not-believed')
    expect(await hasNoSession(replay)).toBe(true)
  })

  it('repeated parameters in an answer are refused', async () => {
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    callback.searchParams.append('code', 'another')
    expect(whyOf(await browser.comeBack(callback))).toBe('start-again')
  })

  it.each([
    ['access_denied', 'cancelled'],
    ['temporarily_unavailable', 'provider-unreachable'],
    ['login_required', 'not-believed'],
    ['constructor', 'not-believed'],
  ])('the provider’s error %s is told as %s, and one may try again', async (error, why) => {
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    callback.searchParams.delete('code')
    callback.searchParams.set('error', error)
    expect(whyOf(await browser.comeBack(callback))).toBe(why)
    expect(whyOf(await browser.comeBack(callback))).toBe('start-again')
  })

  it('a provider out of reach is said to be so, at both ends of the way', async () => {
    await idp.control('down', { seconds: 60, issuer: 'sunrise' })
    expect(whyOf(await openSignInBrowser(idp.url).begin('sunrise'))).toBe('provider-unreachable')
    await idp.control('reset', {})
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    await idp.control('down', { seconds: 60, issuer: 'sunrise' })
    expect(['provider-unreachable', 'not-believed']).toContain(whyOf(await browser.comeBack(callback)))
    expect(await hasNoSession(browser)).toBe(true)
  })

  it('a sign-in older than 15 minutes begins again', async () => {
    const browser = openSignInBrowser(idp.url)
    const callback = await browser.choose(await browser.begin('sunrise'), 'maya')
    setClock(() => addSeconds(new Date(), 16 * 60))
    expect(whyOf(await browser.comeBack(callback))).toBe('start-again')
  })

  it('more sign-ins from one network than a clinic’s waiting room needs are asked to wait', async () => {
    const begun = []
    for (let i = 0; i < 61; i++) begun.push(whyOf(await openSignInBrowser(idp.url).begin('sunrise')))
    expect(begun.at(-1)).toBe('too-many')
  })
})

describe('a paused provider', () => {
  it('begins nothing, takes no answer, and its sessions rest until it is resumed', async () => {
    const browser = openSignInBrowser(idp.url)
    await browser.signIn('northwind', 'maya')
    const late = openSignInBrowser(idp.url)
    const callback = await late.choose(await late.begin('northwind'), 'maya')
    await setStop('provider', 'northwind', { reason: 'test', actor: operator })
    expect(whyOf(await openSignInBrowser(idp.url).begin('northwind'))).toBe('provider-paused')
    expect(whyOf(await late.comeBack(callback))).toBe('provider-paused')
    expect(await hasNoSession(late)).toBe(true)
    expect(await hasNoSession(browser)).toBe(true)
    await liftStop('provider', 'northwind', operator)
    expect(await hasNoSession(browser)).toBe(false)
  })
})

describe('sessions', () => {
  it('[RP-session] the id changes at sign-in and the old session is dead (fixation)', async () => {
    const browser = openSignInBrowser(idp.url)
    await browser.signIn('sunrise', 'maya')
    const before = browser.cookieHeader()
    await browser.signIn('sunrise', 'daniel')
    expect(browser.cookieHeader()).not.toBe(before)
    expect(await findPatient(before, now())).toBeUndefined()
  })

  it('an ended session is dead at once', async () => {
    const browser = openSignInBrowser(idp.url)
    await browser.signIn('sunrise', 'maya')
    const session = await findPatient(browser.cookieHeader(), now())
    expect(await db().$transaction((tx) => endSession(tx, session?.id ?? '', 'sign-out', now()))).toBe(true)
    expect(await hasNoSession(browser)).toBe(true)
  })

  it('a staff sign-in opens a staff session and never an account', async () => {
    const browser = openSignInBrowser(idp.url)
    const accounts = await db().account.count()
    const response = await browser.signIn('harbor-staff', 'ruth', 'approve')
    expect(response.headers.get('location')).toBe('/staff')
    expect(await findStaff(browser.cookieHeader(), now())).toMatchObject({ kind: 'staff', mfa: 'provider' })
    expect(await hasNoSession(browser)).toBe(true)
    expect(await db().account.count()).toBe(accounts)
  })

  it('a provider that proved one factor leaves the second open', async () => {
    const browser = openSignInBrowser(idp.url)
    await browser.signIn('harbor-staff', 'ruth', 'skip')
    expect(await findStaff(browser.cookieHeader(), now())).toMatchObject({ mfa: null })
  })

  it('patient and staff cookies never stand in for one another', async () => {
    const [patient, staff] = [openSignInBrowser(idp.url), openSignInBrowser(idp.url)]
    await patient.signIn('sunrise', 'maya')
    await staff.signIn('harbor-staff', 'ruth', 'approve')
    const swapped = {
      asStaff: patient.cookieHeader().replace('vestibule.session=', 'vestibule.staff='),
      asPatient: staff.cookieHeader().replace('vestibule.staff=', 'vestibule.session='),
    }
    expect(await findStaff(swapped.asStaff, now())).toBeUndefined()
    expect(await findPatient(swapped.asPatient, now())).toBeUndefined()
  })

  it('16 first visits at once make one account', async () => {
    const provider = findProvider('sunrise')
    if (!provider) throw new Error('no provider')
    const identity = {
      issuer: provider.issuer,
      subject: 'raced',
      authTime: now(),
      acr: null,
      amr: [],
      roleClaims: {},
    }
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, () => openSession(provider, { identity, cookieHeader: null, now: now() })),
    )
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(16).fill('signed-in'))
    expect(await db().login.count({ where: { subject: 'raced' } })).toBe(1)
    const accounts = await db().session.findMany({ where: { subject: 'raced' }, distinct: ['accountId'] })
    expect(accounts).toHaveLength(1)
    const first = await db().auditEvent.count({
      where: {
        name: 'sign-in.succeeded',
        accountId: accounts[0]?.accountId ?? '',
        detail: { path: ['firstTime'], equals: true },
      },
    })
    expect(first).toBe(1)
  })
})

function addressOf(browser: SignInBrowser, begun: Response): URLSearchParams {
  const name = begun.headers.get('location')?.split('/').at(-1) ?? ''
  return new URL(findDeparture(name, browser.cookieHeader(), now())?.address ?? '').searchParams
}

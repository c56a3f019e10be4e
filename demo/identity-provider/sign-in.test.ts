import { decodeProtectedHeader } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people, staff } from '../people'
import { subjectAt } from './accounts'
import { acr, type IssuerKey } from './issuers'
import { type RunningIdentityProvider, startIdentityProvider } from './server'
import { openTestBrowser, type TestBrowser, type Visit } from './test-browser'

const brokerUrl = 'http://localhost:3999'
const controlToken = 'control-token-of-this-test'
let idp: RunningIdentityProvider

beforeAll(async () => {
  idp = await startIdentityProvider({ port: 0, brokerUrl, controlToken })
})
afterAll(() => idp.close())

const maya = people.find((person) => person.key === 'maya')
const daniel = people.find((person) => person.key === 'daniel')
const ruth = staff.find((member) => member.key === 'ruth')
if (!maya || !daniel || !ruth) throw new Error('the cast has changed')

function callback(issuer: IssuerKey): string {
  return `${brokerUrl}/api/auth/callback/${issuer}`
}

async function discover(issuer: IssuerKey): Promise<oidc.Configuration> {
  return oidc.discovery(
    new URL(idp.issuers[issuer]),
    'vestibule',
    'demo-only-secret',
    oidc.ClientSecretBasic('demo-only-secret'),
    {
      execute: [oidc.allowInsecureRequests],
    },
  )
}

type Flow = {
  readonly config: oidc.Configuration
  readonly url: URL
  readonly checks: { pkceCodeVerifier: string; expectedState: string; expectedNonce: string }
}

async function begin(issuer: IssuerKey, parameters: Record<string, string> = {}): Promise<Flow> {
  const config = await discover(issuer)
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback(issuer),
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  })
  return { config, url, checks }
}

/** Chooses a person on the page that `flow` leads to. */
async function choose(browser: TestBrowser, flow: Flow, form: Record<string, string>): Promise<Visit> {
  const page = await browser.visit(flow.url.href)
  expect(page.html).toContain('<h1>Choose an account</h1>')
  return browser.visit(actionOf(page.html, 'choose'), form)
}

function actionOf(html: string, step: string): string {
  const action = new RegExp(`action="([^"]*/${step})"`).exec(html)?.[1]
  if (!action) throw new Error(`no form leads to ${step}`)
  return action
}

async function finish(flow: Flow, visit: Visit): Promise<oidc.IDToken> {
  if (!visit.left) throw new Error(`stayed at ${visit.url} with ${visit.status}`)
  const tokens = await oidc.authorizationCodeGrant(flow.config, visit.left, flow.checks)
  expect(decodeProtectedHeader(tokens.id_token ?? '')).toMatchObject({ alg: 'RS256' })
  const claims = tokens.claims()
  if (!claims) throw new Error('no id_token')
  return claims
}

async function signIn(
  browser: TestBrowser,
  issuer: IssuerKey,
  person: string,
  parameters?: Record<string, string>,
) {
  const flow = await begin(issuer, parameters)
  return finish(flow, await choose(browser, flow, { person }))
}

describe('the patients’ issuers', () => {
  it.each(['sunrise', 'northwind'] as const)('%s signs a cast member in with one step', async (issuer) => {
    const claims = await signIn(openTestBrowser(idp.url), issuer, 'maya')
    expect(claims.iss).toBe(idp.issuers[issuer])
    expect(claims.sub).toBe(subjectAt(issuer, maya.idpSubject))
    expect(claims).toMatchObject({ amr: ['pwd'], acr: acr.oneStep })
    expect(claims.auth_time).toBeGreaterThan(Date.now() / 1000 - 30)
  })

  it('one person has the same verified e-mail and different subjects at two issuers', async () => {
    const browser = openTestBrowser(idp.url)
    const scope = { scope: 'openid email' }
    const atSunrise = await signIn(browser, 'sunrise', 'maya', scope)
    const atNorthwind = await signIn(browser, 'northwind', 'maya', scope)
    expect(atSunrise['email']).toBe(atNorthwind['email'])
    expect([atSunrise['email_verified'], atNorthwind['email_verified']]).toEqual([true, true])
    expect(atSunrise.sub).not.toBe(atNorthwind.sub)
  })

  it('scope openid alone tells no e-mail and no name', async () => {
    const claims = await signIn(openTestBrowser(idp.url), 'sunrise', 'maya')
    expect(Object.keys(claims)).not.toEqual(expect.arrayContaining(['email']))
    expect(Object.keys(claims)).not.toEqual(expect.arrayContaining(['name']))
  })

  it('a typed user name opens a stable account that is nobody of the cast', async () => {
    const subjects: string[] = []
    for (const username of ['Stranger.1', 'stranger.1', 'stranger.2']) {
      const flow = await begin('sunrise')
      subjects.push((await finish(flow, await choose(openTestBrowser(idp.url), flow, { username }))).sub)
    }
    expect(subjects[0]).toBe(subjects[1])
    expect(subjects[2]).not.toBe(subjects[0])
    expect(people.map((person) => person.idpSubject)).not.toContain(subjects[0])
  })

  it('a malformed user name is answered with a sentence and shown as text', async () => {
    const visit = await choose(openTestBrowser(idp.url), await begin('sunrise'), {
      username: '"><script>alert(1)</script>',
    })
    expect(visit.status).toBe(400)
    expect(visit.html).toContain('role="alert"')
    expect(visit.html).not.toContain('<script>')
  })

  it('a name of the cast that holds markup stays text on the page', async () => {
    const flow = await begin('sunrise')
    const page = await openTestBrowser(idp.url).visit(flow.url.href)
    expect(page.html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(page.html).not.toContain('<img')
  })

  it('cancelling goes back with access_denied, the state and the issuer', async () => {
    const browser = openTestBrowser(idp.url)
    const flow = await begin('sunrise')
    const page = await browser.visit(flow.url.href)
    const { left } = await browser.visit(actionOf(page.html, 'cancel'), {})
    expect(left?.searchParams.get('error')).toBe('access_denied')
    expect(left?.searchParams.get('state')).toBe(flow.checks.expectedState)
    expect(left?.searchParams.get('iss')).toBe(idp.issuers.sunrise)
  })
})

describe('the workforce issuer', () => {
  async function reachSecondStep(browser: TestBrowser) {
    const flow = await begin('harbor-staff')
    const page = await choose(browser, flow, { person: 'ruth' })
    expect(page.html).toContain('<h1>Approve on your phone</h1>')
    return { flow, page }
  }

  it('approval on the phone is told as two methods', async () => {
    const browser = openTestBrowser(idp.url)
    const { flow, page } = await reachSecondStep(browser)
    const claims = await finish(flow, await browser.visit(actionOf(page.html, 'approve'), {}))
    expect(claims).toMatchObject({ sub: ruth.idpSubject, amr: ['pwd', 'otp'], acr: acr.twoSteps })
    expect(claims.iss).toBe(`${idp.url}/workforce`)
  })

  it('a sign-in without the second step is told as one method', async () => {
    const browser = openTestBrowser(idp.url)
    const { flow, page } = await reachSecondStep(browser)
    const claims = await finish(flow, await browser.visit(actionOf(page.html, 'skip'), {}))
    expect(claims).toMatchObject({ amr: ['pwd'], acr: acr.oneStep })
  })

  it('the second step cannot be approved before somebody was chosen', async () => {
    const browser = openTestBrowser(idp.url)
    const flow = await begin('harbor-staff')
    const page = await browser.visit(flow.url.href)
    const visit = await browser.visit(actionOf(page.html, 'choose').replace('choose', 'approve'), {})
    expect(visit.left).toBeUndefined()
    expect(visit.html).toContain('<h1>Choose an account</h1>')
  })

  it('patients of the cast are not accounts of the workforce', async () => {
    const page = await openTestBrowser(idp.url).visit((await begin('harbor-staff')).url.href)
    expect(page.html).toContain('Ruth Abara')
    expect(page.html).not.toContain('Maya Rivera')
  })
})

describe('the session at the provider', () => {
  it('a second visit needs no page', async () => {
    const browser = openTestBrowser(idp.url)
    await signIn(browser, 'sunrise', 'maya')
    const flow = await begin('sunrise')
    expect((await finish(flow, await browser.visit(flow.url.href))).sub).toBe(maya.idpSubject)
  })

  it('prompt=select_account shows the choice, offers who is there, and keeps their auth_time', async () => {
    const browser = openTestBrowser(idp.url)
    const first = await signIn(browser, 'sunrise', 'maya')
    const flow = await begin('sunrise', { prompt: 'select_account' })
    const page = await browser.visit(flow.url.href)
    expect(page.html).toContain('Continue as <bdi>Maya Rivera</bdi>')
    const claims = await finish(flow, await browser.visit(actionOf(page.html, 'continue'), {}))
    expect(claims).toMatchObject({ sub: first.sub, auth_time: first.auth_time })
  })

  it('another account is chosen without any script', async () => {
    const browser = openTestBrowser(idp.url)
    await signIn(browser, 'sunrise', 'maya')
    expect((await signIn(browser, 'sunrise', 'daniel', { prompt: 'select_account' })).sub).toBe(
      daniel.idpSubject,
    )
  })

  it('prompt=select_account without a session asks once', async () => {
    const claims = await signIn(openTestBrowser(idp.url), 'sunrise', 'maya', { prompt: 'select_account' })
    expect(claims.sub).toBe(maya.idpSubject)
  })

  it.each([{ prompt: 'login' }, { max_age: '0' }, { prompt: 'login select_account' }])(
    '%o asks again and gives a new auth_time',
    async (parameters) => {
      const browser = openTestBrowser(idp.url)
      const first = await signIn(browser, 'sunrise', 'maya')
      await new Promise((resolve) => setTimeout(resolve, 1100))
      const again = await signIn(browser, 'sunrise', 'maya', parameters)
      expect(again.auth_time).toBeGreaterThan(first.auth_time ?? 0)
    },
  )

  it('prompt=none without a session is login_required', async () => {
    const { left } = await openTestBrowser(idp.url).visit(
      (await begin('sunrise', { prompt: 'none' })).url.href,
    )
    expect(left?.searchParams.get('error')).toBe('login_required')
  })

  it('cookies of the three issuers have names of their own', async () => {
    const browser = openTestBrowser(idp.url)
    await signIn(browser, 'sunrise', 'maya')
    await signIn(browser, 'northwind', 'maya')
    const sessions = browser
      .cookieNames()
      .filter((name) => !name.endsWith('.sig') && !name.includes('interaction'))
    expect(sessions.sort()).toEqual(['vestibule_demo_idp_northwind', 'vestibule_demo_idp_sunrise'])
  })

  it('signing out ends the session and returns to the broker', async () => {
    const browser = openTestBrowser(idp.url)
    const flow = await begin('sunrise')
    const visit = await choose(browser, flow, { person: 'maya' })
    const tokens = await oidc.authorizationCodeGrant(flow.config, visit.left as URL, flow.checks)
    const end = oidc.buildEndSessionUrl(flow.config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: `${brokerUrl}/`,
    })
    const page = await browser.visit(end.href)
    expect(page.html).toContain('Sign out of Sunrise ID?')
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
    const { left } = await browser.visit('/session/end/confirm', { xsrf, logout: 'yes' })
    expect(left?.href).toBe(`${brokerUrl}/`)
    const after = await browser.visit((await begin('sunrise', { prompt: 'none' })).url.href)
    expect(after.left?.searchParams.get('error')).toBe('login_required')
  })
})

describe('what the provider refuses', () => {
  it('an authorization request without PKCE', async () => {
    const { url } = await begin('sunrise')
    url.searchParams.delete('code_challenge')
    url.searchParams.delete('code_challenge_method')
    const { left } = await openTestBrowser(idp.url).visit(url.href)
    expect(left?.searchParams.get('error')).toBe('invalid_request')
  })

  it('a redirect URI that is not the broker’s, without a redirect', async () => {
    const { url } = await begin('sunrise', {
      redirect_uri: 'http://localhost:3999/api/auth/callback/northwind',
    })
    const visit = await openTestBrowser(idp.url).visit(url.href)
    expect(visit.left).toBeUndefined()
    expect(visit.status).toBe(400)
    expect(visit.html).toContain('Sign-in stopped')
  })

  it('a wrong verifier, a wrong secret and a code of another issuer', async () => {
    const flow = await begin('sunrise')
    const visit = await choose(openTestBrowser(idp.url), flow, { person: 'maya' })
    const code = visit.left?.searchParams.get('code') ?? ''
    const exchange = (issuer: IssuerKey, secret: string, verifier: string): Promise<Response> =>
      fetch(`${idp.issuers[issuer]}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`vestibule:${secret}`)}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code,
          redirect_uri: callback(issuer),
          code_verifier: verifier,
        }),
      })
    expect((await exchange('sunrise', 'wrong', flow.checks.pkceCodeVerifier)).status).toBe(401)
    expect((await exchange('northwind', 'demo-only-secret', flow.checks.pkceCodeVerifier)).status).toBe(400)
    expect((await exchange('sunrise', 'demo-only-secret', oidc.randomPKCECodeVerifier())).status).toBe(400)
  })

  it('a foreign host name, and an interaction of another browser', async () => {
    const browser = openTestBrowser(idp.url)
    const page = await browser.visit((await begin('sunrise')).url.href)
    const stranger = await openTestBrowser(idp.url).visit(actionOf(page.html, 'choose'), { person: 'maya' })
    expect(stranger.status).toBe(400)
    const foreign = await fetch(idp.url.replace('127.0.0.1', 'localhost')).catch(() => undefined)
    expect(foreign?.status).toBe(421)
  })
})

describe('test controls', () => {
  const order = (path: string, body: object, token = controlToken): Promise<Response> =>
    fetch(`${idp.url}/control/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })

  it.each([
    'wrong-iss',
    'wrong-aud',
    'wrong-nonce',
    'no-nonce',
    'expired',
    'alg-none',
    'alg-hs256',
    'wrong-signature',
  ])('an id_token with %s is refused by a client that checks, and only once', async (fault) => {
    expect((await order('id-token', { issuer: 'northwind', fault })).status).toBe(204)
    const flow = await begin('northwind')
    oidc.enableNonRepudiationChecks(flow.config)
    const visit = await choose(openTestBrowser(idp.url), flow, { person: 'maya' })
    await expect(finish(flow, visit)).rejects.toThrow()
    expect((await signIn(openTestBrowser(idp.url), 'northwind', 'maya')).sub).toBeTruthy()
  })

  it('an authorization response of another issuer is refused', async () => {
    await order('authorization-response', { issuer: 'sunrise', fault: 'wrong-iss' })
    const flow = await begin('sunrise')
    const visit = await choose(openTestBrowser(idp.url), flow, { person: 'maya' })
    await expect(finish(flow, visit)).rejects.toThrow()
  })

  it('one issuer can be down for a while and the others stay up', async () => {
    await order('down', { seconds: 30, issuer: 'northwind' })
    expect((await fetch(`${idp.issuers.northwind}/.well-known/openid-configuration`)).status).toBe(503)
    expect((await fetch(`${idp.url}/.well-known/openid-configuration`)).status).toBe(200)
    await order('reset', {})
    expect((await fetch(`${idp.issuers.northwind}/.well-known/openid-configuration`)).status).toBe(200)
  })

  it('no control answers without its token', async () => {
    expect((await order('down', { seconds: 30 }, 'wrong')).status).toBe(401)
    expect((await order('down', { seconds: 'long' })).status).toBe(400)
  })
})

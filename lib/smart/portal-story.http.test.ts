import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEhr } from '@/demo/ehr/server'
import { startIdentityProvider } from '@/demo/identity-provider/server'
import { openTestBrowser, type TestBrowser, type Visit } from '@/demo/identity-provider/test-browser'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { addApp } from '@/test/add-app'
import { linkRow } from '@/test/link-row'
import { person } from '@/test/linking-world'
import { freePort } from '@/test/postgres-server'
import { acceptForm, requestIdOf, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

const ingrid = person('ingrid')
const folder = mkdtempSync(path.join(tmpdir(), 'portal-'))
const closing: (() => Promise<void>)[] = []
let world: SmartWorld
let portal: string
let provider: string

beforeAll(async () => {
  world = await startSmartWorld()
  const port = await freePort()
  portal = `http://localhost:${port}/portal`
  const idp = await startIdentityProvider({ port: 0, brokerUrl: world.url, portalUrl: portal })
  provider = idp.url
  const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true })
  const keyFile = path.join(folder, 'key.json')
  writeFileSync(keyFile, JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'p1' }))
  const ehr = await startEhr({
    port,
    host: 'localhost',
    issuer: world.url,
    writeLog: () => undefined,
    portal: { keyFile, providerIssuer: provider },
  })
  closing.push(
    () => ehr.close(),
    () => idp.close(),
    () => world.stop(),
  )
  const providers = config().providers.map((one) =>
    one.id === 'sunrise' ? { ...one, issuer: provider } : one,
  )
  setConfig({ ...config(), providers })
  await addApp({
    id: 'lab-window',
    name: 'Lab Window',
    scopes: ['launch', 'openid', 'patient/Patient.rs'],
    launchUrls: ['https://app.example/launch'],
  })
  await addApp({
    id: 'harbor-portal',
    kind: 'backend',
    name: 'Harbor Clinic portal',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'p1' }] },
    scopes: ['__activation-codes.issue', '__launch.create'],
    launchEhrs: ['demo'],
    vouchesFor: [provider],
    returnAddresses: [portal],
  })
})
afterAll(async () => {
  for (const close of closing) await close()
  rmSync(folder, { recursive: true, force: true })
})

/** Signs a person of the cast in at the portal, by the provider. @returns a browser at the portal */
async function signInAtPortal(key: string): Promise<{ browser: TestBrowser; home: Visit }> {
  const [atPortal, atProvider] = [openTestBrowser(new URL(portal).origin), openTestBrowser(provider)]
  const { left } = await atPortal.visit(`${portal}/sign-in`)
  const choice = await atProvider.visit(left?.href ?? '')
  const action = /action="([^"]*\/choose)"/.exec(choice.html)?.[1] ?? ''
  const back = (await atProvider.visit(action, { person: key })).left
  return { browser: atPortal, home: await atPortal.visit(back?.href ?? '') }
}

/** Presses a button of the portal for one chart. */
async function press(browser: TestBrowser, act: 'open' | 'connect', patient: string): Promise<Visit> {
  const home = await browser.visit(portal)
  const token = /name="form_token" value="([^"]+)"/.exec(home.html)?.[1] ?? ''
  return browser.visit(`${portal}/${act}`, { form_token: token, patient })
}

async function linkIngrid(): Promise<Visitor> {
  const session = await world.signIn(ingrid.idpSubject)
  await db().link.deleteMany({ where: { accountId: session.accountId } })
  await db().link.create({
    data: linkRow({ ...session, patientId: ingrid.patientId }),
  })
  return { session, cookies: new Map() }
}

describe('the portal of the demo EHR', () => {
  it('shows a signed-in patient their own chart and the one they look after, and nobody else’s', async () => {
    const { browser, home } = await signInAtPortal('ingrid')
    expect(home.html).toContain(`Hello, ${ingrid.name}`)
    const shown = [...home.html.matchAll(/data-patient="([^"]+)"/g)].map((match) => match[1])
    expect(shown).toEqual([ingrid.patientId, person('theo').patientId])
    const refused = await press(browser, 'connect', person('maya').patientId)
    expect(refused.html).not.toContain('data-testid="code"')
    expect((await openTestBrowser(new URL(portal).origin).visit(portal)).html).toContain('Sign in with')
  })

  it('a form that it did not show this browser does nothing', async () => {
    const { browser } = await signInAtPortal('ingrid')
    const form = { form_token: 'x', patient: ingrid.patientId }
    expect((await browser.visit(`${portal}/connect`, form)).html).not.toContain('data-testid="code"')
    expect((await openTestBrowser(new URL(portal).origin).visit(`${portal}/open`, form)).html).toContain(
      'Sign in with',
    )
  })

  it('[L2] an answer of the provider that this browser did not ask for signs nobody in', async () => {
    const atPortal = openTestBrowser(new URL(portal).origin)
    const left = await atPortal.visit(`${portal}/callback?code=x&state=y`)
    expect(left.html).toContain('You were not signed in')
    await atPortal.visit(`${portal}/sign-in`)
    const wrong = await atPortal.visit(`${portal}/callback?code=x&state=y`)
    expect(wrong.html).toContain('You were not signed in')
  })

  it('[link-A7.1] hands a code over in the fragment, with the way back to an address it registered', async () => {
    const { browser } = await signInAtPortal('ingrid')
    const { html } = await press(browser, 'connect', ingrid.patientId)
    const code = /data-testid="code">([^<]+)</.exec(html)?.[1] ?? ''
    expect(code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z-]+$/)
    const address = new URL(/href="([^"]+\/link\?[^"]+)"/.exec(html)?.[1] ?? '')
    expect(address.hash).toBe(`#code=${code}`)
    expect(address.search).not.toContain(code)
    const to = new URL(address.searchParams.get('to') ?? '', world.url)
    expect([to.pathname, to.searchParams.get('portal'), to.searchParams.get('to')]).toEqual([
      '/return',
      'harbor-portal',
      portal,
    ])
  })

  it('[L1][L2] opens the app for a linked chart without a second sign-in, and asks to connect one before', async () => {
    const { browser } = await signInAtPortal('ingrid')
    const early = await press(browser, 'open', person('theo').patientId)
    expect(early.html).toContain('Connect this chart first')
    const visitor = await linkIngrid()
    const leaving = await press(browser, 'open', ingrid.patientId)
    const ticket = /content="0;url=([^"]+)"/.exec(leaving.html)?.[1] ?? ''
    expect(ticket).toMatch(new RegExp(`^${world.url}/launch/[\\w-]{43}$`))
    const departed = await fetch(ticket, { redirect: 'manual' })
    for (const line of departed.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
      visitor.cookies.set(name, value)
    }
    const app = new URL(departed.headers.get('location') ?? '')
    expect(app.href.startsWith('https://app.example/launch?iss=')).toBe(true)
    const { query } = world.parameters({
      client_id: 'lab-window',
      redirect_uri: 'https://lab-window.example/cb',
      scope: 'launch openid patient/Patient.rs',
      aud: app.searchParams.get('iss') ?? '',
      launch: app.searchParams.get('launch') ?? '',
    })
    const id = requestIdOf(await world.begin(visitor, query))
    const view = await world.view(visitor, id)
    expect(view.provider).toBe('Harbor Clinic portal')
    expect(view.chart.name).toBe(ingrid.name)
    await world.decide(visitor, id, acceptForm(view))
    expect((await world.leave(visitor, id)).searchParams.get('code')).toHaveLength(43)
    const launch = await db().launch.findFirstOrThrow({ where: { appId: 'lab-window' } })
    expect(launch.context).toMatchObject({ intent: 'show-results', tenant: 'harbor-clinic' })
    expect(launch.authTime).not.toBeNull()
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { signJwt } from '@/lib/keys/keys'
import { liftStop, setStop } from '@/lib/stops/stops'
import type { SeededAccess } from '@/test/fixtures'
import {
  clinicianIdOf,
  everythingUnreleased,
  patientIdOf,
  people,
  startTwoWorlds,
  type Worlds,
} from '@/test/two-worlds'

let worlds: Worlds
let maya: SeededAccess
const patientId = patientIdOf('maya')
const operator = { kind: 'system', id: 'test' } as const

beforeAll(async () => {
  worlds = await startTwoWorlds()
  maya = await worlds.access('one', 'maya', {
    appId: 'lab-window-test',
    redirectUris: ['https://app.example/cb'],
  })
}, 60_000)
afterAll(() => worlds.stop())

const ask = (path: string, token = maya.token, init?: RequestInit) => worlds.ask('one', path, token, init)
const bearer = (value: string): RequestInit => ({ headers: { authorization: value } })

describe('the token at the door', () => {
  it('[6750] without a token the challenge names no error', async () => {
    const response = await ask('Patient', '')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="[^"]+\/fhir\/one", DPoP realm="[^"]+\/fhir\/one", algs="[A-Z0-9 ]+"$/,
    )
    expect(await response.json()).toMatchObject({ resourceType: 'OperationOutcome' })
  })

  it('[6750] reads the scheme in any case, and refuses a token in the address or none after the scheme', async () => {
    expect((await ask('Patient', '', bearer(`bEARER ${maya.token}`))).status).toBe(200)
    expect((await ask('Patient', '', bearer('Bearer'))).status).toBe(400)
    expect((await ask('Patient', '', bearer(`Bearer ${maya.token}, Bearer ${maya.token}`))).status).toBe(400)
    expect((await ask(`Patient?access_token=${maya.token}`, '')).status).toBe(401)
    expect((await ask(`Patient?access_token=${maya.token}`)).status).toBe(400)
  })

  it('[P1][P2][9068-4] takes no other JWT of ours, no other audience, none unsigned, none without its row', async () => {
    const claims = { ...maya.claims }
    const sign = (changes: object, typ = 'at+jwt', algorithm: 'ES256' | 'RS256' = 'ES256') =>
      signJwt({ ...claims, ...changes }, { typ, algorithm })
    const [head = '', body = '', signature = ''] = maya.token.split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
    const wrong: Record<string, string> = {
      'an ID token': await sign({ aud: 'lab-window-test' }, 'JWT', 'RS256'),
      'an ID token with our audience': await sign({}, 'JWT', 'RS256'),
      'a token for the EHR itself': await sign({ aud: config().ehrs[0]?.audience ?? '' }),
      'a token for another EHR': (await worlds.access('two', 'maya')).token,
      'two audiences': await sign({ aud: [String(claims['aud']), 'https://elsewhere.example'] }),
      'another issuer': await sign({ iss: 'https://elsewhere.example' }),
      expired: await sign({ exp: Math.floor(Date.now() / 1000) - 1 }),
      'no expiry': await sign({ exp: undefined }),
      'no jti': await sign({ jti: undefined }),
      'a jti never issued': await sign({ jti: 'made-up' }),
      'another app': await sign({ client_id: 'someone-else' }),
      'another patient': await sign({ patient: patientIdOf('george') }),
      'an unsigned copy': `${none}.${body}.`,
      'an altered copy': `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      'no JWT at all': 'opaque-token',
    }
    for (const [name, token] of Object.entries(wrong)) {
      const response = await ask('Patient', token)
      expect(response.status, name).toBe(401)
      expect(response.headers.get('www-authenticate'), name).toContain('error="invalid_token"')
      expect(response.headers.get('cache-control'), name).toBe('no-store')
    }
    expect((await ask('Patient')).status).toBe(200)
  })

  it('[G3][W3] is dead with the next call when anything behind it has ended', async () => {
    const endings: Record<string, (one: SeededAccess) => Promise<unknown>> = {
      'the token is revoked': ({ jti }) =>
        db().accessToken.update({ where: { jti }, data: { revokedAt: new Date() } }),
      'its refresh family has ended': ({ familyId }) =>
        db().refreshFamily.update({ where: { id: familyId }, data: { endedAt: new Date() } }),
      'the grant has ended': ({ grantId }) =>
        db().grant.update({ where: { id: grantId }, data: { endedAt: new Date() } }),
      'the grant has run out': ({ grantId }) =>
        db().grant.update({ where: { id: grantId }, data: { expiresAt: new Date(Date.now() - 1000) } }),
      'the link has ended': ({ linkId }) =>
        db().link.update({ where: { id: linkId }, data: { status: 'ended', endedAt: new Date() } }),
      'the link is suspended': ({ linkId }) =>
        db().link.update({ where: { id: linkId }, data: { status: 'suspended' } }),
      'the account is closed': ({ accountId }) =>
        db().account.update({ where: { id: accountId }, data: { endedAt: new Date() } }),
      'the row has expired': ({ jti }) =>
        db().accessToken.update({ where: { jti }, data: { expiresAt: new Date(Date.now() - 1000) } }),
    }
    for (const [name, end] of Object.entries(endings)) {
      const one = await worlds.access('one', 'maya')
      expect((await ask('Condition', one.token)).status, name).toBe(200)
      await end(one)
      const response = await ask('Condition', one.token)
      expect(response.status, name).toBe(401)
      expect(response.headers.get('www-authenticate'), name).toContain('error="invalid_token"')
    }
  })

  it('is dead with the next call when the app is removed', async () => {
    const one = await worlds.access('one', 'maya', { appId: 'removed-app' })
    expect((await ask('Condition', one.token)).status).toBe(200)
    await db().app.update({ where: { id: 'removed-app' }, data: { removedAt: new Date() } })
    expect((await ask('Condition', one.token)).status).toBe(401)
  })

  it('a paused app is refused and a paused EHR is unavailable, until the pause is lifted', async () => {
    await setStop('app', 'lab-window-test', { reason: 'test', actor: operator })
    expect((await ask('Condition')).status).toBe(403)
    await liftStop('app', 'lab-window-test', operator)
    await setStop('ehr', 'one', { reason: 'test', actor: operator })
    const paused = await ask('Condition')
    expect([paused.status, paused.headers.get('retry-after')]).toEqual([503, '60'])
    await liftStop('ehr', 'one', operator)
    expect((await ask('Condition')).status).toBe(200)
  })
})

describe('scopes and compartment', () => {
  it('[P3] a type outside the scopes is 403 with insufficient_scope, not an empty page', async () => {
    const one = await worlds.access('one', 'maya', { scopes: ['patient/Observation.rs'] })
    const response = await ask('Condition', one.token)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect((await ask('Observation', one.token)).status).toBe(200)
  })

  it('[S11][S1] reading and searching are different permissions', async () => {
    const reader = await worlds.access('one', 'maya', { scopes: ['patient/Patient.r'] })
    expect((await ask(`Patient/${patientId}`, reader.token)).status).toBe(200)
    expect((await ask('Patient', reader.token)).status).toBe(403)
    const searcher = await worlds.access('one', 'maya', { scopes: ['patient/Patient.s'] })
    expect((await ask(`Patient/${patientId}`, searcher.token)).status).toBe(403)
    expect((await ask('Patient', searcher.token)).status).toBe(200)
  })

  it('[S10][S2] version 1 scopes read and search; user and system scopes give a patient’s app nothing', async () => {
    const old = await worlds.access('one', 'maya', { scopes: ['patient/Condition.read'] })
    expect((await ask('Condition', old.token)).status).toBe(200)
    const other = await worlds.access('one', 'maya', {
      scopes: ['user/Condition.rs', 'system/Condition.rs', 'patient/Condition.write'],
    })
    expect((await ask('Condition', other.token)).status).toBe(403)
  })

  it('[S5][P4] a granular scope shows its category only, in searches and reads, and several are a union', async () => {
    const system = 'http://terminology.hl7.org/CodeSystem/observation-category'
    const vital = `patient/Observation.rs?category=${system}|vital-signs`
    const one = await worlds.access('one', 'maya', { scopes: [vital] })
    const page = await (await ask('Observation?_count=200', one.token)).json()
    const whole = await (await ask('Observation?_count=200')).json()
    const isVital = (entry: { resource: object }) => JSON.stringify(entry).includes('vital-signs')
    expect(page.entry).toEqual(whole.entry.filter(isVital))
    const lab = whole.entry.find((entry: { resource: object }) => !isVital(entry)).resource.id
    expect((await ask(`Observation/${lab}`, one.token)).status).toBe(404)
    const both = await worlds.access('one', 'maya', {
      scopes: [vital, `patient/Observation.rs?category=${system}|laboratory`],
    })
    const isEither = (entry: { resource: object }) =>
      isVital(entry) || JSON.stringify(entry).includes('laboratory')
    expect((await (await ask('Observation?_count=200', both.token)).json()).entry).toEqual(
      whole.entry.filter(isEither),
    )
  })

  it('[K2][P5] another person’s chart is 403 when it is named, and unknown when it is guessed', async () => {
    const george = patientIdOf('george')
    expect((await ask(`Observation?patient=${george}`)).status).toBe(403)
    expect((await ask(`Observation?subject=Patient/${george}`)).status).toBe(403)
    const [guessed, unknown] = [await ask(`Patient/${george}`), await ask('Patient/nobody')]
    expect([guessed.status, await guessed.text()]).toEqual([404, await unknown.text()])
    const access = await worlds.access('one', 'george')
    const page = await (await ask('Condition', access.token)).json()
    expect((await ask(`Condition/${page.entry[0].resource.id}`)).status).toBe(404)
    expect((await (await ask(`Patient?_id=${george}`)).json()).entry).toBeUndefined()
  })

  it('[S13] a clinician is read only when something shown names her', async () => {
    expect((await ask(`Practitioner/${clinicianIdOf('adeyemi')}`)).status).toBe(200)
    expect((await ask(`Practitioner/${clinicianIdOf('castillo')}`)).status).toBe(404)
    expect((await ask('Practitioner')).status).toBe(400)
  })
})

describe('what the EHR itself keeps from one and gives to another', () => {
  it('a parent does not see what the young person may, and the EHR knows which of them asks', async () => {
    const ingrid = people.find(({ key }) => key === 'ingrid')
    const self = await worlds.access('one', 'theo')
    const parent = await worlds.access('one', 'theo', { relatedPersonId: ingrid?.relatedPersonId ?? '' })
    expect(await (await ask('Condition', self.token)).text()).toContain('Depressive disorder')
    const text = await (await ask('Condition', parent.token)).text()
    expect(text).toContain('Atopic dermatitis')
    expect(text).not.toContain('Depressive')
    expect(worlds.ehrLog.at(-1)).toContain(`"fhirUser":"RelatedPerson/${ingrid?.relatedPersonId}"`)
  })

  it('a person’s own restriction holds for one app and not for another', async () => {
    const [clinic, other] = [
      await worlds.access('one', 'naomi', { appId: 'harbor-home' }),
      await worlds.access('one', 'naomi'),
    ]
    expect(await (await ask('Observation?_count=200', clinic.token)).text()).toContain('56888-1')
    expect(await (await ask('Observation?_count=200', other.token)).text()).not.toContain('56888-1')
  })
})

describe('requests that are refused by name', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  it.each([
    ['another resource type', 'DocumentReference', {}, 404],
    ['the whole server', '', {}, 400],
    ['history', `Patient/${patientId}/_history`, {}, 400],
    ['a version', `Patient/${patientId}/_history/1`, {}, 400],
    ['a compartment', `Patient/${patientId}/Observation`, {}, 400],
    ['an operation', `Patient/${patientId}/$everything`, {}, 400],
    ['an encoded slash', `Patient%2F${patientId}`, {}, 400],
    ['a doubly encoded slash', `Patient%252F${patientId}`, {}, 400],
    ['a matrix parameter', 'Patient;x=1', {}, 400],
    ['writing', 'Observation', { method: 'POST', body: '{}' }, 405],
    ['updating', `Patient/${patientId}`, { method: 'PUT', body: '{}' }, 405],
    ['deleting', `Patient/${patientId}`, { method: 'DELETE' }, 405],
    ['a search form by GET', 'Observation/_search', {}, 405],
    ['a search in JSON', 'Observation/_search', { method: 'POST', body: '{}' }, 415],
    ['XML', 'Patient', { headers: { accept: 'application/fhir+xml' } }, 406],
    ['XML by parameter', 'Patient?_format=xml', {}, 406],
    ['a repeated parameter', 'Observation?code=1&code=2', {}, 400],
    [
      'the same one in address and form',
      'Observation/_search?code=1',
      { method: 'POST', body: 'code=2', headers: form },
      400,
    ],
    ['two patients', `Observation?patient=${patientId}&subject=x`, {}, 400],
    ['a date that is none', 'Observation?date=ge2026-13-01', {}, 400],
    ['a prefix that is not understood', 'Observation?date=ap2026-01-01', {}, 400],
    ['broken encoding', 'Observation?code=%zz', {}, 400],
    ['a parameter of a read', `Patient/${patientId}?_elements=id`, {}, 400],
    ['a made-up page link', 'Observation?_cursor=AAAA', {}, 410],
  ] as const)('%s', async (_name, path, init, status) => {
    const response = await ask(path, maya.token, init as RequestInit)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8')
    expect(await response.json()).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error' }],
    })
  })

  it('[S14] a batch and a transaction, whatever is in them: nothing inside is looked at', async () => {
    for (const type of ['batch', 'transaction']) {
      const entry = [{ request: { method: 'GET', url: `Patient/${patientId}` } }]
      const body = JSON.stringify({ resourceType: 'Bundle', type, entry })
      const headers = { 'content-type': 'application/fhir+json' }
      const response = await ask('', maya.token, { method: 'POST', body, headers })
      expect([405, 400]).toContain(response.status)
      expect(await response.text()).not.toContain(patientId)
    }
  })

  it('[D19] each FHIR base has a document of its own, and a token opens the one it was made for', async () => {
    for (const id of ['one', 'two'])
      expect((await fetch(`${worlds.broker.url}/fhir/${id}/.well-known/smart-configuration`)).status).toBe(
        200,
      )
    expect((await worlds.ask('two', 'Patient', maya.token)).status).toBe(401)
  })

  it('an EHR that is not configured is not found', async () => {
    expect((await fetch(`${worlds.broker.url}/fhir/three/Patient`)).status).toBe(404)
  })
})

describe('answers', () => {
  it('carries links, ETags and addresses of ours alone, and no totals, labels or versions', async () => {
    const response = await ask('Observation?_count=5&_total=accurate')
    const body = await response.text()
    for (const name of ['etag', 'last-modified', 'content-location'])
      expect(response.headers.get(name)).toBeNull()
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).not.toMatch(/"total"|versionId|"security"|"tag"|_getpages|Provenance|"mode":"include"/)
    expect(body).not.toContain(config().ehrs[0]?.fhirBase)
  })

  it('HEAD says what GET says, without the body', async () => {
    const [get, head] = [
      await ask(`Patient/${patientId}`),
      await ask(`Patient/${patientId}`, maya.token, { method: 'HEAD' }),
    ]
    expect([head.status, head.headers.get('etag')]).toEqual([200, get.headers.get('etag')])
    expect(await head.text()).toBe('')
  })

  it('an ETag of ours spares the body when nothing that is shown has changed', async () => {
    const etag = (await ask(`Patient/${patientId}`)).headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
    const response = await ask(`Patient/${patientId}`, maya.token, {
      headers: { 'if-none-match': `"x", ${etag}` },
    })
    expect([response.status, await response.text()]).toEqual([304, ''])
  })

  it('a page link opens for its own person, app and grant only', async () => {
    const page = await (await ask('Observation?_count=3')).json()
    const link = page.link.find((one: { relation: string }) => one.relation === 'next').url
    expect((await ask(link)).status).toBe(200)
    expect((await ask(`${link}&_count=9`)).status).toBe(400)
    expect((await ask(link.replace('/Observation?', '/Condition?'))).status).toBe(410)
    const again = await worlds.access('one', 'maya')
    expect((await ask(link, again.token)).status).toBe(410)
    expect((await ask(link, (await worlds.access('one', 'george')).token)).status).toBe(410)
  })

  it('the EHR reads person, record, app, link and purpose of every call in a token of ours', async () => {
    await ask('Condition')
    const line = worlds.ehrLog
      .map((text) => JSON.parse(text))
      .findLast(({ app }) => app === 'lab-window-test')
    expect(line).toMatchObject({
      sub: maya.accountId,
      fhirUser: `Patient/${patientId}`,
      patient: patientId,
      linkLevel: 'L-code',
      linkMethod: 'activation-code',
      purpose: 'PATRQT',
      type: 'Condition',
      outcome: 'ok',
    })
  })

  it('every call of a known token is in the audit before its answer is sent, hidden counts there alone', async () => {
    const before = await db().auditEvent.count({ where: { name: 'fhir.read', grantId: maya.grantId } })
    const body = await (await ask('Observation?_count=200')).text()
    const rows = await db().auditEvent.findMany({
      where: { name: 'fhir.read', grantId: maya.grantId },
      orderBy: { at: 'desc' },
    })
    expect(rows.length).toBe(before + 1)
    const shown = body.split('"fullUrl"').length - 1
    expect(rows[0]).toMatchObject({
      actorKind: 'app',
      actor: 'lab-window-test',
      patientId,
      accountId: maya.accountId,
      outcome: 'success',
      detail: { interaction: 'search', type: 'Observation', status: 200, returned: shown },
    })
    expect(JSON.stringify(rows[0]?.detail)).toMatch(/"hidden":[1-9]/)
    await ask('Condition?_summary=count')
    const refused = await db().auditEvent.findFirst({ where: { outcome: 'refused', grantId: maya.grantId } })
    expect(refused?.detail).toMatchObject({ status: 400, because: 'parameter' })
  })

  it('[M1] metadata says nothing that SMART 2 needs: what it has for older apps is what discovery says', async () => {
    const base = `${worlds.broker.url}/fhir/one`
    const { rest } = await (await fetch(`${base}/metadata`)).json()
    const discovery = await (await fetch(`${base}/.well-known/smart-configuration`)).json()
    const [uris, ...more] = rest[0].security.extension
    expect(more).toEqual([])
    expect(uris.extension).toEqual([
      { url: 'authorize', valueUri: discovery.authorization_endpoint },
      { url: 'token', valueUri: discovery.token_endpoint },
      { url: 'revoke', valueUri: discovery.revocation_endpoint },
    ])
  })

  it('[M2] each base has its own CapabilityStatement, and an address without an EHR has none', async () => {
    for (const id of ['one', 'two']) {
      const { implementation } = await (await fetch(`${worlds.broker.url}/fhir/${id}/metadata`)).json()
      expect(implementation.url).toBe(`${worlds.broker.url}/fhir/${id}`)
    }
    expect((await fetch(`${worlds.broker.url}/fhir/three/metadata`)).status).toBe(404)
  })

  it('[M2] metadata is public and promises what is in the table, no more', async () => {
    const response = await fetch(`${worlds.broker.url}/fhir/one/metadata`, {
      headers: { origin: 'https://any.example' },
    })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const { rest, fhirVersion } = await response.json()
    expect(fhirVersion).toBe('4.0.1')
    for (const { type, interaction, searchParam = [] } of rest[0].resource) {
      const isSearched = interaction.some(({ code }: { code: string }) => code === 'search-type')
      expect((await ask(type)).status, type).toBe(isSearched ? 200 : 400)
      for (const { name, type: kind } of searchParam) {
        const value = name === 'patient' || name === 'subject' ? patientId : kind === 'date' ? 'ge2020' : 'x'
        expect((await ask(`${type}?${name}=${value}`)).status, `${type} ${name}`).toBe(200)
      }
    }
  })
})

describe('[O2] browsers of other origins', () => {
  const from = (origin: string, headers: Record<string, string> = {}): RequestInit => ({
    headers: { origin, ...headers },
  })
  const allowed = (response: Response): string | null => response.headers.get('access-control-allow-origin')

  it('[O3] read answers to their own app’s token, and no other app’s', async () => {
    const response = await ask('Patient', maya.token, from('https://app.example'))
    expect(allowed(response)).toBe('https://app.example')
    expect(response.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    expect(response.headers.get('vary')).toContain('Origin')
    await worlds.access('one', 'maya', { appId: 'second-app', redirectUris: ['https://second.example/cb'] })
    expect(allowed(await ask('Patient', maya.token, from('https://second.example')))).toBeNull()
    expect(allowed(await ask('Patient', maya.token, from('https://stranger.example')))).toBeNull()
  })

  it('read why they were refused, if any live app registered them', async () => {
    expect(allowed(await ask('Patient', '', from('https://app.example')))).toBe('https://app.example')
    expect(allowed(await ask('Patient', 'nonsense', from('https://stranger.example')))).toBeNull()
  })

  it('[O4] ask beforehand without a token', async () => {
    const preflight = (origin: string) =>
      fetch(`${worlds.broker.url}/fhir/one/Observation/_search`, {
        method: 'OPTIONS',
        ...from(origin, {
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        }),
      })
    const yes = await preflight('https://app.example')
    expect([yes.status, allowed(yes)]).toEqual([204, 'https://app.example'])
    expect(yes.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization')
    expect(yes.headers.get('access-control-allow-methods')).toContain('POST')
    expect(allowed(await preflight('https://stranger.example'))).toBeNull()
  })
})

describe('release', () => {
  it('[W1] a result appears when its orderer releases it, is gone when he holds it, and is back after', async () => {
    const hidden = everythingUnreleased()
    const chart = await worlds.access('one', 'agnes')
    const list = async (): Promise<string> => (await ask('DiagnosticReport', chart.token)).text()
    const before = await list()
    const seed = (await import('@/test/two-worlds')).wholeSeed()
    const report = seed.find(
      (one) =>
        one.resourceType === 'DiagnosticReport' &&
        one.subject?.reference === `Patient/${patientIdOf('agnes')}` &&
        hidden.includes(`DiagnosticReport/${one.id}`),
    )
    const decision = { results: [`DiagnosticReport/${report?.id}`], practitionerId: clinicianIdOf('adeyemi') }
    await worlds.control('one', 'release', decision)
    expect(await list()).toContain('Invasive ductal carcinoma')
    expect((await ask(`DiagnosticReport/${report?.id}`, chart.token)).status).toBe(200)
    await worlds.control('one', 'hold', decision)
    expect(await list()).toBe(before)
    expect((await ask(`DiagnosticReport/${report?.id}`, chart.token)).status).toBe(404)
    await worlds.control('one', 'release', decision)
    expect(await list()).toContain('Invasive ductal carcinoma')
  })
})

describe('an EHR in trouble', () => {
  it('answers 503 with words of ours while it is down, and by itself again afterwards', async () => {
    await worlds.control('one', 'unavailable', { mode: '503', seconds: 600 })
    const response = await ask('Condition')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10'])
    expect(await response.json()).toMatchObject({ issue: [{ code: 'transient' }] })
    await worlds.control('one', 'unavailable', { mode: '503', seconds: 0 })
    expect((await ask('Condition')).status).toBe(200)
  })
})

describe('an EHR that wants SMART Backend Services', () => {
  it('gives the gateway the same chart, and still knows person and app', async () => {
    const [own, { token }] = [await (await ask('Condition')).text(), maya]
    expect(token).toBeDefined()
    await worlds.stop()
    worlds = await startTwoWorlds({
      credential: { kind: 'backend-services', clientId: 'vestibule-gateway', scope: 'system/*.rs' },
    })
    const again = await worlds.access('one', 'maya', { appId: 'lab-window-test' })
    const response = await ask('Condition', again.token)
    const strip = (text: string): string => text.replaceAll(/http:\/\/localhost:\d+/g, '')
    expect(strip(await response.text())).toBe(strip(own))
    expect(JSON.parse(worlds.ehrLog.at(-1) ?? '{}')).toMatchObject({
      app: 'lab-window-test',
      patient: patientId,
      door: 'backend-services',
    })
    expect((await ask(`Condition?patient=${patientIdOf('george')}`, again.token)).status).toBe(403)
  })
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authorizeCall, type CallContext } from '@/lib/ehrs/door'
import { type Ehr, findEhrByAudience, getEhr } from '@/lib/ehrs/ehrs'
import { fetchFhir } from '@/lib/ehrs/fhir-client'
import { findPatientRecord, searchPatients } from '@/lib/ehrs/patients'
import { withRequestContext } from '@/lib/http/request-context'
import { forgetOnce } from '@/lib/process/once'
import { setClock } from '@/lib/time/clock'
import { type LinkingWorld, person, startLinkingWorld } from '@/test/linking-world'

let world: LinkingWorld
let stranger: Server
const maya = person('maya')
const asked: { url: string | undefined; headers: NodeJS.Dict<string | string[]> }[] = []

beforeAll(async () => {
  world = await startLinkingWorld()
  stranger = createServer((request, response) => {
    asked.push({ url: request.url, headers: request.headers })
    const kind = request.url?.split('/').at(-1)
    if (kind === 'redirect') return response.writeHead(302, { location: 'http://localhost:1/' }).end()
    if (kind === 'html') return response.writeHead(200, { 'content-type': 'text/html' }).end('<p>sign in')
    if (kind === 'broken')
      return response.writeHead(200, { 'content-type': 'application/fhir+json' }).end('{"a":')
    if (kind === 'busy') return response.writeHead(429, { 'content-type': 'application/json' }).end('{}')
    if (kind === 'hang') return undefined
    response.writeHead(200, { 'content-type': 'application/fhir+json' })
    if (kind !== 'endless') return response.end('{}')
    return response.end(`"${'a'.repeat(9 * 1024 * 1024)}"`)
  })
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  stranger.closeAllConnections()
  await new Promise((resolve) => stranger.close(resolve))
  await world.stop()
})
beforeEach(() => {
  asked.length = 0
  for (const cache of ['gateway-tokens', 'backend-tokens']) forgetOnce(cache)
})

const context: CallContext = {
  sub: 'account-1',
  app: 'lab-window',
  fhirUser: `Patient/${maya.patientId}`,
  patient: maya.patientId,
  scope: 'patient/Patient.rs',
  linkLevel: 'L-code',
  linkMethod: 'activation-code',
  purpose: 'PATRQT',
}

const byBackendServices = (): Ehr => ({
  ...getEhr('demo'),
  credential: { kind: 'backend-services', clientId: 'vestibule-gateway', scope: 'system/*.rs' },
})

describe('an EHR’s door: one interface, two ways in', () => {
  it.each([
    ['a token of our own', () => getEhr('demo')],
    ['a token of the EHR’s own endpoint', byBackendServices],
  ])('opens with %s, and the EHR’s log names person and app', async (_, ehr) => {
    const found = await findPatientRecord(ehr(), maya.patientId, context)
    expect(found).toMatchObject({
      outcome: 'found',
      record: { birthDate: maya.birthDate, mrn: maya.mrn, emails: [maya.contact.email] },
    })
    const [latest] = JSON.parse(await world.accessLog())
    expect(JSON.stringify(latest)).toContain('lab-window')
    expect(JSON.stringify(latest)).toContain('account-1')
  })

  it('holds 60 seconds at most, names only what is needed, and is used again for 45', async () => {
    const at = Date.now()
    setClock(() => new Date(at))
    const first = await authorizeCall(getEhr('demo'), context)
    const token = first['authorization']?.slice('Bearer '.length) ?? ''
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' })
    const claims = decodeJwt(token)
    expect(claims).toMatchObject({
      aud: `${world.ehrUrl}/fhir`,
      client_id: 'vestibule-gateway',
      act: { sub: 'lab-window' },
      fhirUser: `${world.ehrUrl}/fhir/Patient/${maya.patientId}`,
      scope: 'patient/Patient.rs',
      purpose_of_use: 'PATRQT',
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(60)
    setClock(() => new Date(at + 44_000))
    expect(await authorizeCall(getEhr('demo'), context)).toEqual(first)
    setClock(() => new Date(at + 46_000))
    expect(await authorizeCall(getEhr('demo'), context)).not.toEqual(first)
    expect(await authorizeCall(getEhr('demo'), { ...context, app: 'other' })).not.toEqual(first)
    setClock(() => new Date())
  })

  it('asks for a new token when the EHR’s own was refused, for it may have been restarted', async () => {
    const ehr = byBackendServices()
    await authorizeCall(ehr, context)
    const { once } = await import('@/lib/process/once')
    const kept = once('backend-tokens', () => new Map<string, { token: string; until: number }>())
    kept.set('demo', { token: 'stale', until: Date.now() + 60_000 })
    expect((await findPatientRecord(ehr, maya.patientId, context)).outcome).toBe('found')
  })

  it('is opened for no other audience: only the gateway’s base names an EHR, with one slash at most', () => {
    const { gatewayBase, fhirBase } = getEhr('demo')
    expect(findEhrByAudience(gatewayBase)?.id).toBe('demo')
    expect(findEhrByAudience(`${gatewayBase}/`)?.id).toBe('demo')
    for (const wrong of [fhirBase, `${gatewayBase}//`, `${gatewayBase}?a`, gatewayBase.toUpperCase()])
      expect(findEhrByAudience(wrong)).toBeUndefined()
  })
})

describe('a call to an EHR is bounded', () => {
  const at = (): Ehr => {
    const base = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/fhir`
    return { ...getEhr('demo'), fhirBase: base }
  }

  it.each([
    ['html', 'not-json'],
    ['broken', 'not-json'],
    ['redirect', 'not-json'],
    ['busy', 'upstream-5xx'],
    ['endless', 'too-large'],
    ['hang', 'timeout'],
  ])('an answer that is %s counts as out of reach: %s', async (path, why) => {
    expect(await fetchFhir(at(), { path }, context)).toEqual({ outcome: 'unreachable', why })
  })

  it('nobody listening counts as out of reach', async () => {
    const ehr = { ...getEhr('demo'), fhirBase: 'http://127.0.0.1:1/fhir' }
    expect(await fetchFhir(ehr, { path: 'Patient/x' }, context)).toEqual({
      outcome: 'unreachable',
      why: 'network',
    })
  })

  it.each(['https://elsewhere.example/fhir/x', '../admin', 'http://127.0.0.1:1/fhir/x', '/../x'])(
    'never leaves the EHR’s own base: %s is not sent',
    async (path) => {
      await expect(fetchFhir(at(), { path }, context)).rejects.toMatchObject({ code: 'foreign-path' })
      expect(asked).toEqual([])
    },
  )

  it('searches by POST, so that no identifier stands in an address, and hands the request id on', async () => {
    const query = { by: 'name', name: 'Rivera', birthDate: '1988-03-14' } as const
    await withRequestContext({ requestId: 'request-7', clientAddress: '' }, () =>
      searchPatients(at(), query, context),
    )
    expect(asked.map((one) => one.url)).toEqual(['/fhir/Patient/_search'])
    expect(asked[0]?.headers['x-request-id']).toBe('request-7')
  })
})

describe('staff find a chart', () => {
  const desk: CallContext = {
    sub: 'desk',
    app: 'vestibule:staff',
    scope: 'system/Patient.rs',
    purpose: 'HOPERAT',
  }

  it('by record number, or by name and birth date, and two people of one name stay apart', async () => {
    const byNumber = await searchPatients(getEhr('demo'), { by: 'mrn', mrn: maya.mrn }, desk)
    expect(byNumber).toMatchObject({ outcome: 'found', records: [{ id: maya.patientId }] })
    const query = { by: 'name', name: 'Rivera', birthDate: person('maya-two').birthDate } as const
    const byName = await searchPatients(getEhr('demo'), query, desk)
    expect(byName).toMatchObject({ outcome: 'found', records: [{ id: person('maya-two').patientId }] })
  })
})

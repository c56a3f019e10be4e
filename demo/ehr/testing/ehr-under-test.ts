import type { Bundle, FhirResource } from 'fhir/r4'
import type { JWTPayload } from 'jose'
import { people } from '../../people'
import { startEhr } from '../server'
import type { EhrOptions } from '../settings'
import { type SigningIssuer, startSigningIssuer } from './signing-issuer'

export const testToday = '2026-11-20'
const controlToken = 'control-token-of-the-tests'

/** Claims to set otherwise; undefined leaves one out. */
export type ClaimChanges = { readonly [K in keyof JWTPayload]?: JWTPayload[K] | undefined }

/** An EHR on a free port, its issuer, and the requests tests make. */
export type EhrUnderTest = {
  readonly url: string
  readonly fhir: string
  readonly issuer: SigningIssuer
  readonly logLines: string[]
  /** Claims of a patient's request through an app, changed as the test says. */
  claims(patientId: string, changes?: ClaimChanges): JWTPayload
  token(patientId: string, changes?: ClaimChanges): Promise<string>
  get(path: string, token: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** A whole search, all pages, every entry. */
  searchAll(path: string, token: string): Promise<Bundle[]>
  control(path: string, body?: object): Promise<Response>
  close(): Promise<void>
}

const everyScope = 'patient/*.rs'

export function patientIdOf(key: string): string {
  const found = people.find((person) => person.key === key)
  if (!found) throw new Error(`nobody is called ${key}`)
  return found.patientId
}

export async function startEhrUnderTest(options: EhrOptions = {}): Promise<EhrUnderTest> {
  const issuer = await startSigningIssuer()
  const logLines: string[] = []
  const ehr = await startEhr({
    port: 0,
    issuer: issuer.url,
    today: testToday,
    controlToken,
    writeLog: (line) => logLines.push(line),
    ...options,
  })
  const fhir = `${ehr.url}/fhir`
  const claims = (patientId: string, changes: ClaimChanges = {}): JWTPayload => {
    const iat = Math.floor(Date.now() / 1000)
    const all = {
      iss: issuer.url,
      aud: fhir,
      client_id: 'vestibule-gateway',
      sub: 'account-1',
      act: { sub: 'lab-window' },
      fhirUser: `${fhir}/Patient/${patientId}`,
      patient: patientId,
      scope: everyScope,
      link_level: 'L-code',
      link_method: 'activation-code',
      purpose_of_use: 'PATRQT',
      iat,
      exp: iat + 60,
      jti: crypto.randomUUID(),
      ...changes,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }
  const get: EhrUnderTest['get'] = (path, token, headers = {}) =>
    fetch(path.startsWith('http') ? path : `${fhir}/${path}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
  return {
    url: ehr.url,
    fhir,
    issuer,
    logLines,
    claims,
    token: (patientId, changes) => issuer.sign(claims(patientId, changes)),
    get,
    async searchAll(path, token) {
      const bundles: Bundle[] = []
      for (let next: string | undefined = path; next !== undefined; ) {
        const bundle = await readBundle(await get(next, token))
        bundles.push(bundle)
        next = bundle.link?.find((link) => link.relation === 'next')?.url
      }
      return bundles
    },
    control: (path, body) =>
      fetch(`${ehr.url}/control/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    async close() {
      await ehr.close()
      await issuer.close()
    },
  }
}

export async function readBundle(response: Response): Promise<Bundle> {
  const body: Bundle = await response.json()
  if (response.status !== 200 || body.resourceType !== 'Bundle')
    throw new Error(`expected a Bundle, got ${response.status} ${JSON.stringify(body)}`)
  return body
}

export function resourcesOf(bundles: readonly Bundle[], mode: 'match' | 'include' = 'match'): FhirResource[] {
  return bundles
    .flatMap((bundle) => bundle.entry ?? [])
    .filter((entry) => entry.search?.mode === mode)
    .flatMap((entry) => entry.resource ?? [])
}

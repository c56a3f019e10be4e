import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { z } from 'zod'
import { type PortalSettings, portalNames } from './portal-settings'

/** A chart the portal shows to a signed-in patient. */
export type PortalChart = {
  readonly patientId: string
  readonly name: string
  /** Set for a chart that the person looks after: who they are for it. */
  readonly relatedPersonId?: string | undefined
}

/** The portal's word for a person: their subject at the provider both use. */
export type SignedInPatient = { readonly subject: string; readonly authTime: number | undefined }

/** What the portal asks the broker for, as a backend client that proves itself by its key (SMART Backend Services). */
export type BrokerClient = {
  /** An activation code for a chart; undefined when the broker refuses one. */
  orderCode(chart: PortalChart): Promise<{ readonly code: string } | undefined>
  /** Where to send the browser to open the app on a chart, or why not. */
  launch(patient: SignedInPatient, chart: PortalChart): Promise<LaunchAnswer>
}

export type LaunchAnswer =
  | { readonly outcome: 'launched'; readonly address: string }
  | { readonly outcome: 'not-linked' | 'unavailable' }

const scope = '__activation-codes.issue __launch.create'
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const codesSchema = z.object({ codes: z.array(z.object({ code: z.string().optional() })).length(1) })
const launchedSchema = z.object({ address: z.url() })

export function makeBrokerClient(settings: PortalSettings): BrokerClient {
  const { broker, key } = settings
  let kept: { readonly token: string; readonly until: number } | undefined

  async function sign(claims: Readonly<Record<string, unknown>>, typ: string): Promise<string> {
    return new SignJWT({ iss: portalNames.brokerClient, jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES384', typ, kid: key.kid ?? '' })
      .setExpirationTime('2m')
      .sign(await importJWK(key, 'ES384'))
  }

  async function getToken(): Promise<string> {
    if (kept && kept.until > Date.now()) return kept.token
    const tokenEndpoint = `${broker}/oauth/token`
    const assertion = await sign({ sub: portalNames.brokerClient, aud: tokenEndpoint }, 'JWT')
    const answer = await fetch(tokenEndpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope,
        client_assertion_type: assertionType,
        client_assertion: assertion,
      }),
    })
    if (!answer.ok) throw new Error(`the broker gave no token: ${answer.status}`)
    const { access_token: token, expires_in: seconds } = z
      .object({ access_token: z.string(), expires_in: z.number() })
      .parse(await answer.json())
    kept = { token, until: Date.now() + (seconds - 30) * 1000 }
    return token
  }

  async function post(path: string, body: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${await getToken()}`, 'content-type': 'application/json' }
    return fetch(`${broker}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  return {
    async orderCode({ patientId, relatedPersonId }) {
      const order = relatedPersonId
        ? { relationship: 'proxy', relatedPerson: relatedPersonId }
        : { relationship: 'self' }
      const answer = await post('/activation-codes', {
        codes: [{ ehr: portalNames.ehr, patient: patientId, ...order }],
      })
      const [issued] = answer.ok ? codesSchema.parse(await answer.json()).codes : []
      return issued?.code === undefined ? undefined : { code: issued.code }
    },
    async launch({ subject, authTime }, { patientId }) {
      const order = { app: portalNames.app, ehr: portalNames.ehr, patient: patientId }
      const assertion = await sign(
        {
          aud: `${broker}/launch`,
          sub_id: { format: 'iss_sub', iss: settings.providerIssuer, sub: subject },
          ...order,
          ...(authTime === undefined ? {} : { auth_time: authTime }),
        },
        'person-assertion+jwt',
      )
      const context = { need_patient_banner: true, intent: 'show-results', tenant: 'harbor-clinic' }
      const answer = await post('/launch', { ...order, assertion, context })
      if (answer.status === 409) return { outcome: 'not-linked' }
      if (!answer.ok) return { outcome: 'unavailable' }
      return { outcome: 'launched', address: launchedSchema.parse(await answer.json()).address }
    },
  }
}

import { z } from 'zod'
import { isAppToken, readAppToken } from './app-token'
import type { Caller } from './caller'
import { type Refusal, refuse } from './fhir-errors'
import { parseScopes } from './scopes'
import { parseReference } from './seed/resources'
import type { EhrSettings } from './settings'
import type { Store } from './store'
import { refusedToken, type TrustedIssuer } from './trusted-issuer'

/** Longest life of a token that this EHR accepts, in seconds. */
const longestLife = 60

const claims = z.object({
  client_id: z.string(),
  sub: z.string().min(1),
  act: z.object({ sub: z.string().min(1) }),
  fhirUser: z.string().min(1).optional(),
  patient: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,64}$/)
    .optional(),
  scope: z.string().optional(),
  link_level: z.string().min(1).optional(),
  link_method: z.string().min(1).optional(),
  purpose_of_use: z.enum(['PATRQT', 'PATADMIN', 'TREAT', 'HOPERAT']),
  iat: z.number(),
  exp: z.number(),
  jti: z.string().min(1),
})

type Claims = z.infer<typeof claims>

type Expected = { readonly typ: 'at+jwt' | 'context+jwt' }

/** Who is behind a JWT of the gateway: an access token, or the context that comes beside an opaque token. */
export async function checkGatewayJwt(
  token: string,
  { typ }: Expected,
  parts: { readonly issuer: TrustedIssuer; readonly settings: EhrSettings; readonly store: Store },
): Promise<Caller | Refusal> {
  const { issuer, settings, store } = parts
  const verified = await issuer.verify(token, {
    typ,
    issuer: settings.issuer,
    audience: settings.audience,
    algorithms: ['ES256'],
  })
  if (!('payload' in verified)) return verified
  if (typ === 'at+jwt' && isAppToken(verified.payload, settings)) {
    const caller = readAppToken(verified.payload, settings)
    return 'because' in caller ? caller : (checkPerson(caller, store) ?? caller)
  }
  const parsed = claims.safeParse(verified.payload)
  if (!parsed.success) return refusedToken('missing-or-malformed-claim')
  const refusal = checkClaims(parsed.data, typ, settings)
  if (refusal) return refusal
  const fhirUser = parseFhirUser(parsed.data.fhirUser, settings.fhirBase)
  if (fhirUser === 'foreign') return refusedToken('fhirUser-of-another-server')
  const caller: Caller = {
    door: typ === 'at+jwt' ? 'gateway-token' : 'backend-services',
    sub: parsed.data.sub,
    fhirUser,
    patientId: parsed.data.patient,
    app: parsed.data.act.sub,
    purpose: parsed.data.purpose_of_use,
    linkLevel: parsed.data.link_level,
    linkMethod: parsed.data.link_method,
    // A patient's request reaches what is about the patient, whatever else a token might name.
    scopes: parseScopes(parsed.data.scope ?? '').filter(
      ({ context }) => context === 'patient' || parsed.data.purpose_of_use !== 'PATRQT',
    ),
  }
  return checkPerson(caller, store) ?? caller
}

function checkClaims(token: Claims, typ: Expected['typ'], settings: EhrSettings): Refusal | undefined {
  if (token.client_id !== settings.gatewayClientId) return refusedToken('another-client')
  if (token.exp - token.iat > longestLife) return refusedToken('lives-too-long')
  if (token.iat > Date.now() / 1000 + 5) return refusedToken('issued-in-the-future')
  if (typ === 'at+jwt' && !token.scope) return refusedToken('no-scope')
  const forPatient = token.purpose_of_use === 'PATRQT' || / ?patient\//.test(token.scope ?? '')
  if (forPatient && (!token.patient || !token.fhirUser)) return refusedToken('no-patient-or-fhirUser')
  if (token.purpose_of_use === 'PATRQT' && (!token.link_level || !token.link_method))
    return refusedToken('no-link-claims')
  return undefined
}

/** A patient asks for her own chart, or a RelatedPerson, still active here, for the chart he is related to. */
function checkPerson(caller: Caller, store: Store): Refusal | undefined {
  if (caller.purpose !== 'PATRQT' || caller.fhirUser === undefined) return undefined
  if (caller.fhirUser === `Patient/${caller.patientId}`) return undefined
  const related = store.find(caller.fhirUser)
  const now = new Date().toISOString()
  const acts =
    related?.resourceType === 'RelatedPerson' &&
    related.active !== false &&
    related.patient.reference === `Patient/${caller.patientId}` &&
    (related.period?.end === undefined || related.period.end > now)
  if (acts) return undefined
  return refuse(
    403,
    'forbidden',
    'person-may-not-act-for-patient',
    'This person does not act for this patient.',
  )
}

function parseFhirUser(value: string | undefined, fhirBase: string): string | undefined | 'foreign' {
  if (value === undefined) return undefined
  const local = value.startsWith(`${fhirBase}/`) ? value.slice(fhirBase.length + 1) : ''
  const isPerson = /^(Patient|RelatedPerson|Practitioner)\//.test(local)
  return isPerson && parseReference(local) === local ? local : 'foreign'
}

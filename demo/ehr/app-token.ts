import { z } from 'zod'
import type { Caller } from './caller'
import type { Refusal } from './fhir-errors'
import { parseScopes } from './scopes'
import { parseReference } from './seed/resources'
import type { EhrSettings } from './settings'
import { refusedToken } from './trusted-issuer'

/** Longest life of an app's token that this EHR accepts, in seconds. */
const longestLife = 3600

const claims = z.object({
  client_id: z.string().min(1),
  sub: z.string().min(1),
  fhirUser: z.string().min(1),
  patient: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/),
  scope: z.string().min(1),
  link_level: z.string().min(1),
  link_method: z.string().min(1),
  purpose_of_use: z.literal('PATRQT'),
  iat: z.number(),
  exp: z.number(),
  jti: z.string().min(1),
  /** A token bound to a key is not taken, for no proof of the key is asked for here. */
  cnf: z.never().optional(),
})

/** Whether a verified token is an app's own: this EHR then enforces by itself. */
export function isAppToken(payload: Readonly<Record<string, unknown>>, settings: EhrSettings): boolean {
  return settings.enforcement === 'self' && payload['client_id'] !== settings.gatewayClientId
}

/** Who is behind an app's token: one person, one chart, and what they allowed the app. */
export function readAppToken(
  payload: Readonly<Record<string, unknown>>,
  settings: EhrSettings,
): Caller | Refusal {
  const parsed = claims.safeParse(payload)
  if (!parsed.success) return refusedToken('missing-or-malformed-claim')
  const token = parsed.data
  if (token.exp - token.iat > longestLife) return refusedToken('lives-too-long')
  const local = token.fhirUser.startsWith(`${settings.fhirBase}/`)
    ? token.fhirUser.slice(settings.fhirBase.length + 1)
    : ''
  if (!/^(Patient|RelatedPerson)\//.test(local) || parseReference(local) !== local)
    return refusedToken('fhirUser-of-another-server')
  return {
    door: 'app-token',
    sub: token.sub,
    fhirUser: local,
    patientId: token.patient,
    app: token.client_id,
    purpose: token.purpose_of_use,
    linkLevel: token.link_level,
    linkMethod: token.link_method,
    scopes: parseScopes(token.scope).filter(({ context }) => context === 'patient'),
    // `openid fhirUser` reads who signed in, and nobody else
    mayReadSelf: ['openid', 'fhirUser'].every((scope) => token.scope.split(' ').includes(scope)),
  }
}

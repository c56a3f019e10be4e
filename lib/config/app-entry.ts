import { z } from 'zod'
import { id, text, url, variable } from '@/lib/config/values'
import { publicJwks } from '@/lib/crypto/public-jwks'

/** What an app's developer declares at registration, one word for each rule of docs/app-statements. */
export const appStatements = [
  'servers-authenticated',
  'state-checked',
  'input-not-executed',
  'no-open-redirector',
  'no-token-in-cookie',
  'tokens-in-own-storage',
] as const

const patientApp = z.strictObject({
  kind: z.literal('app'),
  id,
  name: text,
  developer: text,
  website: url.optional(),
  logo: z.string().optional(),
  redirectUris: z.array(z.string()).min(1),
  /** Browser origins that may call the token endpoint and the FHIR API; those of the redirect URIs if left out. */
  origins: z.array(url).optional(),
  scopes: z.array(z.string()).min(1),
  /** Reviewed by the clinic: shown on the consent page. */
  reviewed: z.boolean().default(false),
  grantDays: z.number().int().min(1).max(730).default(365),
  /** Whose rules count where SMART and OpenID Connect differ. */
  profile: z.enum(['smart', 'oidc']).default('smart'),
  tokenEndpointAuthMethod: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .default('none'),
  /** Environment variable that holds its secret: 32 characters or more of A-Z a-z 0-9 _ - */
  clientSecretEnv: variable.optional(),
  /** The one algorithm of its assertions; any we know if left out. */
  tokenEndpointAuthSigningAlg: z.enum(['ES384', 'RS384']).optional(),
  /** Public keys by value (RFC 7517). */
  jwks: publicJwks.optional(),
  /** Public keys by address. */
  jwksUri: url.optional(),
  /** `pairwise`: `sub` differs from app to app (OpenID Connect Core §8). */
  subjectType: z.enum(['public', 'pairwise']).default('public'),
  /** How its ID tokens are signed. */
  idTokenSignedResponseAlg: z.enum(['RS256', 'ES256']).default('RS256'),
  /** Where a portal may launch it. */
  launchUrls: z.array(url).default([]),
  postLogoutRedirectUris: z.array(z.string()).default([]),
  backchannelLogoutUri: url.optional(),
  /** Only requests it pushed are taken (RFC 9126). */
  requirePushedRequests: z.boolean().default(false),
  /** Only key-bound tokens are given to it (RFC 9449). */
  dpopBoundAccessTokens: z.boolean().default(false),
  /** Its DPoP proofs have to carry a nonce of ours, whatever the rest of the configuration says. */
  dpopNonceRequired: z.boolean().default(false),
  /** What its developer declared. */
  statements: z.array(z.enum(appStatements)).default([]),
})

/** Receivers of a code who stood before somebody. */
const inPersonReceivers = ['patient-in-person', 'parent-in-person', 'representative-in-person'] as const

const backendApp = z.strictObject({
  kind: z.literal('backend'),
  id,
  name: text,
  /** The one EHR it speaks for: it may ask about its tokens and order codes for its charts, and no other's. */
  ehr: id.optional(),
  /** Public keys by value (RFC 7517), ES384 or RS384. */
  jwks: publicJwks.optional(),
  /** Public keys by address. */
  jwksUri: url.optional(),
  scopes: z.array(z.string()).min(1),
  /** A portal: the EHRs on whose charts it may launch apps. */
  launchEhrs: z.array(id).default([]),
  /** Issuers whose people it may vouch for by a signed assertion: they need no second sign-in. */
  vouchesFor: z.array(url).default([]),
  /** To whom its activation codes may go: what it says of that is evidence of the link. Only staff see an ID. */
  codeReceivers: z
    .array(z.enum(['post', 'visit-summary', ...inPersonReceivers]))
    .default(['post', 'visit-summary']),
  /** Addresses of its own that a person may be sent back to, compared as they stand. */
  returnAddresses: z.array(url).default([]),
})

/** One entry of `apps`, with its defaults filled in. */
export const appEntrySchema = z.discriminatedUnion('kind', [patientApp, backendApp])

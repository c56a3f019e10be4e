import { z } from 'zod'
import { acrValues } from '@/lib/config/acr-values'
import { appEntrySchema } from '@/lib/config/app-entry'
import { claimProfileNames } from '@/lib/config/claim-profile-names'
import { limitNames } from '@/lib/config/limit-names'
import { id, text, url, variable } from '@/lib/config/values'

const brand = z.strictObject({
  name: text,
  shortName: text,
  phone: text,
  website: url,
  /** CSS colour of buttons and links, dark enough for white text (4.5 : 1). */
  accent: z.string().regex(/^#[0-9a-f]{6}$/i),
  /** Path under public/. */
  logo: z.string().startsWith('/').optional(),
})

/** What a provider must say of a sign-in for it to count as two factors (RFC 8176 values). */
const mfa = z.strictObject({ acr: z.array(z.string()).default([]), amr: z.array(z.string()).default([]) })

const provider = z.strictObject({
  id,
  name: text,
  /** `google` fills in issuer and quirks. */
  preset: z.enum(['google']).optional(),
  issuer: url.optional(),
  clientId: text,
  clientSecretEnv: variable.optional(),
  /** Demo only: a secret that is no secret. */
  demoClientSecret: z.string().optional(),
  /** Staff may sign in here. */
  workforce: z.boolean().default(false),
  mfa: mfa.default({ acr: [], amr: [] }),
  /** Claims of the ID token that role rules may look at. */
  roleClaims: z.array(z.string()).default([]),
  algorithms: z.array(z.enum(['RS256', 'ES256', 'PS256', 'EdDSA'])).default(['RS256']),
})

const releasePolicy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('immediate') }),
  z.strictObject({
    kind: z.literal('orderer-release'),
    /** A result nobody released becomes visible after so many days from its issue. */
    automaticReleaseDays: z.number().int().min(1).max(365),
    /** Pools of practitioner references who may release for one another. */
    coverPools: z.array(z.array(z.string().regex(/^Practitioner\/[A-Za-z0-9.-]{1,64}$/))).default([]),
    /** ISO 3166 country, for the warning about information blocking. */
    jurisdiction: z.string().default('US'),
  }),
])

const credential = z.discriminatedUnion('kind', [
  /** We sign a token of our own; the EHR verifies it by our JWKS. */
  z.strictObject({ kind: z.literal('own-token') }),
  /** SMART Backend Services at the EHR's own token endpoint. */
  z.strictObject({
    kind: z.literal('backend-services'),
    clientId: text,
    tokenEndpoint: url.optional(),
    scope: z.string().default('system/*.rs'),
  }),
])

/** What a clinic opens only after a fresh proof that the person is there (RFC 9470). */
const stepUpRule = z
  .strictObject({
    type: z
      .string()
      .regex(/^[A-Z][A-Za-z]+$/)
      .optional(),
    /** `system|code`, as it stands in `category`. */
    category: z
      .string()
      .regex(/^[^|,\s]+\|[^|,\s]+$/, 'system|code')
      .optional(),
    /** Any of these will do. */
    acr: z.array(z.enum(acrValues)).min(1).default(acrValues.slice(1)),
    /** How old the proof may be. */
    maxAgeSeconds: z.number().int().min(60).max(86_400).default(900),
  })
  .refine((rule) => rule.type !== undefined || rule.category !== undefined, 'give a type, a category or both')

const ehr = z.strictObject({
  id,
  name: text,
  fhirBase: url,
  /** `aud` of tokens for this EHR; its FHIR base unless told otherwise. */
  audience: z.string().optional(),
  /**
   * Who lets an app's request through: our gateway in front of it, or the EHR itself, which then verifies our tokens,
   * applies scopes and release, and is what apps name as `aud`.
   */
  enforcement: z.enum(['gateway', 'self']),
  /** A name and address of its own in the list of brands (SMART user-access brands), beside the one above. */
  brand: z.strictObject({ name: text, website: url, logo: z.string().startsWith('/').optional() }).optional(),
  /** How it reads our tokens (lib/ehrs/claim-profiles). */
  claims: z.enum(claimProfileNames).default('hapi-interceptor'),
  /** With what tokens for it are signed, where that is not what servers of its kind expect. */
  tokenAlgorithm: z.enum(['ES256', 'RS256']).optional(),
  credential: credential.default({ kind: 'own-token' }),
  gatewayClientId: text.default('vestibule-gateway'),
  /** No default: someone has to choose when a result may be seen. */
  releasePolicy,
  timeZone: z.string().default('America/New_York'),
  stepUp: z.array(stepUpRule).default([]),
  linking: z
    .strictObject({
      /** `self` codes are for records of this age and older, until the ceremonies for minors are open. */
      minimumSelfAgeYears: z.number().int().min(0).max(120).default(18),
      codeDays: z.number().int().min(1).max(21).default(14),
      /** Networks of the clinic, whose failures have a budget of their own. */
      clinicNetworks: z.array(z.string()).default([]),
    })
    .default({ minimumSelfAgeYears: 18, codeDays: 14, clinicNetworks: [] }),
})

export const staffRoles = ['desk', 'records', 'admin'] as const
const roleRule = z.union([
  z.strictObject({ role: z.enum(staffRoles), issuer: url, subject: text }),
  z.strictObject({ role: z.enum(staffRoles), issuer: url, claim: text, value: text }),
])

/** The configuration file: providers, EHRs, apps, brand, roles. Unknown keys are refused. */
export const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  /** A demonstration: example providers and secrets are allowed, a public issuer is not. */
  demo: z.boolean().default(false),
  brand,
  languages: z
    .array(z.enum(['en', 'es']))
    .min(1)
    .default(['en', 'es']),
  /** Addresses or CIDR ranges of proxies whose forwarded headers are believed. */
  trustedProxies: z.array(z.string()).default([]),
  providers: z.array(provider).min(1),
  ehrs: z.array(ehr).min(1),
  apps: z.array(appEntrySchema).default([]),
  /**
   * Whether apps may register themselves (RFC 7591), and who lets them in: staff each one, or the policy those that
   * read only what a patient opens to them. Nothing is given to an app before that.
   */
  registration: z.enum(['closed', 'staff-approval', 'auto-approve-patient-apps']).default('closed'),
  roles: z.array(roleRule).default([]),
  /** Proof of possession (RFC 9449). `requireNonce`: every proof carries a nonce of ours; costs each client one try more. */
  dpop: z.strictObject({ requireNonce: z.boolean().default(false) }).default({ requireNonce: false }),
  tokens: z
    .strictObject({
      /** Life of an app's access token. An EHR that enforces by itself may hear of its end only then. */
      accessTokenSeconds: z.number().int().min(30).max(3_600).default(900),
    })
    .default({ accessTokenSeconds: 900 }),
  /** Limits other than the usual ones, by name. */
  limits: z
    .partialRecord(
      z.enum(limitNames),
      z.strictObject({
        count: z.number().int().min(1),
        windowSeconds: z
          .number()
          .int()
          .min(1)
          .max(90 * 86_400),
      }),
    )
    .default({}),
})

export type ConfigFile = z.infer<typeof fileSchema>
export type ProviderEntry = ConfigFile['providers'][number]

export type AppEntry = ConfigFile['apps'][number]

export type RoleRule = ConfigFile['roles'][number]
export type StaffRoleName = (typeof staffRoles)[number]
export type Language = ConfigFile['languages'][number]

import { z } from 'zod'
import type { App as AppRow } from '@/generated/prisma/client'
import { appStatements } from '@/lib/config/app-entry'
import type { AppEntry } from '@/lib/config/file'
import { publicJwks } from '@/lib/crypto/public-jwks'

const appMetadata = z.object({
  developer: z.string(),
  website: z.string().optional(),
  logo: z.string().optional(),
  redirectUris: z.array(z.string()).min(1),
  origins: z.array(z.string()).optional(),
  scopes: z.array(z.string()),
  reviewed: z.boolean(),
  grantDays: z.number().int(),
  /** Whose rules count where SMART and OpenID Connect differ (docs/decisions). */
  profile: z.enum(['smart', 'oidc']).default('smart'),
  tokenEndpointAuthMethod: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .default('none'),
  /** The one algorithm of its assertions; any we know if left out. */
  tokenEndpointAuthSigningAlg: z.enum(['ES384', 'RS384']).optional(),
  /** Public keys by value or by address, never both (RFC 7591 §2). */
  jwks: publicJwks.optional(),
  jwksUri: z.string().optional(),
  subjectType: z.enum(['public', 'pairwise']).default('public'),
  /** SMART requires RS256; others may prefer the shorter. */
  idTokenSignedResponseAlg: z.enum(['RS256', 'ES256']).default('RS256'),
  /** Where a portal may launch it (SMART App Launch 2.2 R1). */
  launchUrls: z.array(z.string()).default([]),
  postLogoutRedirectUris: z.array(z.string()).default([]),
  backchannelLogoutUri: z.string().optional(),
  /** Only requests it pushed are taken (RFC 9126 §6). */
  requirePushedRequests: z.boolean().default(false),
  /** Only key-bound tokens are given to it (RFC 9449 §5.2). */
  dpopBoundAccessTokens: z.boolean().default(false),
  /** Its proofs have to carry a nonce of ours (RFC 9449 §8). */
  dpopNonceRequired: z.boolean().default(false),
  /** What its developer declared (docs/app-statements). */
  statements: z.array(z.enum(appStatements)).default([]),
})

const backendMetadata = z.object({
  /** The one EHR it speaks for; undefined for a program that serves all. */
  ehr: z.string().optional(),
  jwks: publicJwks.optional(),
  jwksUri: z.string().optional(),
  scopes: z.array(z.string()),
  /** EHRs on whose charts it may launch apps. */
  launchEhrs: z.array(z.string()).default([]),
  /** Issuers whose people it may vouch for. */
  vouchesFor: z.array(z.string()).default([]),
  /** To whom its activation codes may go. */
  codeReceivers: z.array(z.string()).default(['post', 'visit-summary']),
  /** Addresses a person may be sent back to. */
  returnAddresses: z.array(z.string()).default([]),
})

const stored = z
  .json()
  .refine((value) => value !== null)
  .transform((value) => value as NonNullable<typeof value>)

/** An app people allow to read their charts, known by its redirect URIs; public or confidential (RFC 6749 §2.1). */
export type PatientApp = { readonly kind: 'app'; readonly id: string; readonly name: string } & Readonly<
  z.infer<typeof appMetadata>
>

/** A program of the clinic's own or a partner's, acting for itself: proves itself by a signed assertion. */
export type BackendApp = { readonly kind: 'backend'; readonly id: string; readonly name: string } & Readonly<
  z.infer<typeof backendMetadata>
>

/** Whether a backend client may have to do with this EHR: with the one it speaks for, or with all if it names none. */
export function speaksFor({ ehr }: Pick<BackendApp, 'ehr'>, ehrId: string): boolean {
  return ehr === undefined || ehr === ehrId
}

/** An OAuth client. */
export type App = PatientApp | BackendApp

/** Reads a stored app. @throws ZodError when the row holds what this version does not understand */
export function parseApp(row: Pick<AppRow, 'id' | 'kind' | 'name' | 'metadata'>): App {
  const { id, name } = row
  if (row.kind === 'app') return { kind: 'app', id, name, ...appMetadata.parse(row.metadata) }
  if (row.kind === 'backend') return { kind: 'backend', id, name, ...backendMetadata.parse(row.metadata) }
  throw new Error(`unknown kind of app: ${row.kind}`)
}

/** What is stored of a configuration entry beside id, kind and name. @throws ZodError, e.g. for a private key */
export function metadataOf(entry: AppEntry): Record<string, z.infer<typeof stored>> {
  const metadata = entry.kind === 'app' ? appMetadata.parse(entry) : backendMetadata.parse(entry)
  return z.record(z.string(), stored).parse(JSON.parse(JSON.stringify(metadata)))
}

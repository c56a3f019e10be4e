import { z } from 'zod'
import type { App as AppRow } from '@/generated/prisma/client'
import type { AppEntry } from '@/lib/config/file'

const publicMetadata = z.object({
  developer: z.string(),
  website: z.string().optional(),
  logo: z.string().optional(),
  redirectUris: z.array(z.string()).min(1),
  origins: z.array(z.string()).optional(),
  scopes: z.array(z.string()),
  reviewed: z.boolean(),
  grantDays: z.number().int(),
})

const publicJwk = z
  .looseObject({ kty: z.enum(['EC', 'RSA']), kid: z.string().min(1) })
  .refine((jwk) => !privateMembers.some((name) => name in jwk), 'holds a private key')

const backendMetadata = z.object({
  jwks: z.object({
    keys: z
      .array(publicJwk)
      .min(1)
      .refine((keys) => new Set(keys.map((key) => key.kid)).size === keys.length, 'kid is not unique'),
  }),
  scopes: z.array(z.string()),
})

const stored = z
  .json()
  .refine((value) => value !== null)
  .transform((value) => value as NonNullable<typeof value>)

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** An app people allow to read their charts: a public OAuth client (RFC 6749 §2.1), known by its redirect URIs. */
export type PublicApp = { readonly kind: 'public'; readonly id: string; readonly name: string } & Readonly<
  z.infer<typeof publicMetadata>
>

/** A program of the clinic's own or a partner's, acting for itself: proves itself by a signed assertion. */
export type BackendApp = { readonly kind: 'backend'; readonly id: string; readonly name: string } & Readonly<
  z.infer<typeof backendMetadata>
>

/** An OAuth client. */
export type App = PublicApp | BackendApp

/** Reads a stored app. @throws ZodError when the row holds what this version does not understand */
export function parseApp(row: Pick<AppRow, 'id' | 'kind' | 'name' | 'metadata'>): App {
  const { id, name } = row
  if (row.kind === 'public') return { kind: 'public', id, name, ...publicMetadata.parse(row.metadata) }
  if (row.kind === 'backend') return { kind: 'backend', id, name, ...backendMetadata.parse(row.metadata) }
  throw new Error(`unknown kind of app: ${row.kind}`)
}

/** What is stored of a configuration entry beside id, kind and name. @throws ZodError, e.g. for a private key */
export function metadataOf(entry: AppEntry): Record<string, z.infer<typeof stored>> {
  const metadata = entry.kind === 'public' ? publicMetadata.parse(entry) : backendMetadata.parse(entry)
  return z.record(z.string(), stored).parse(JSON.parse(JSON.stringify(metadata)))
}

import { z } from 'zod'
import type { StepUpRule } from '@/lib/access/step-up'
import { hotQuery } from '@/lib/db/hot-query'
import { accessVisitColumn, visitJoin } from '@/lib/grants/visit'

/** Everything the database says about one access token, read at every call: authority is never cached. */
export type StoredAuthority = {
  readonly appId: string
  readonly scopes: readonly string[]
  readonly tokenExpiresAt: Date
  readonly tokenRevokedAt: Date | null
  readonly familyEndedAt: Date | null
  /** End of the visit that the access is for; null where it needs none (spec S17). */
  readonly visitEndsAt: Date | null
  readonly grantId: string
  readonly grantEndedAt: Date | null
  readonly grantExpiresAt: Date
  readonly accountId: string
  readonly accountEndedAt: Date | null
  readonly ehrId: string
  readonly patientId: string
  readonly linkId: string
  readonly linkStatus: string
  readonly linkLevel: string
  readonly linkMethod: string
  readonly relationship: string
  readonly relatedPersonId: string | null
  readonly personId: string | null
  readonly appExists: boolean
  readonly appOrigins: readonly string[]
  /** Whether the app's DPoP proofs have to carry a nonce of ours. */
  readonly isNonceRequired: boolean
  readonly isAppPaused: boolean
  readonly isEhrPaused: boolean
}

/** What one call asks for, as far as it can be told from the request alone. */
export type AskedAccess = {
  readonly ehrId: string
  readonly interaction: 'read' | 'search'
  readonly type: string
  /** The resource named in a read. */
  readonly id: string | undefined
  /** The patient named in the search, if any. */
  readonly patientId: string | undefined
  /** The categories named in the search, as written there. */
  readonly categories: readonly string[]
}

/** What a verified token says of itself. */
export type TokenClaims = {
  readonly jti: string
  readonly sub: string
  readonly clientId: string
  readonly patient: string | undefined
  readonly expiresAt: Date
  /** Thumbprint of the key it is bound to (RFC 9449 §6). */
  readonly jkt?: string | undefined
  /** What is known of the person's sign-in, and when it was (RFC 9470 §6). */
  readonly acr: string | undefined
  readonly authTime: Date | undefined
}

/** All that a decision looks at. */
export type AccessFacts = {
  readonly now: Date
  readonly asked: AskedAccess
  /** What this EHR opens only after a fresh proof. */
  readonly stepUpRules: readonly StepUpRule[]
  readonly token: TokenClaims
  /** Undefined when no such token was issued, or its rows are gone. */
  readonly authority: StoredAuthority | undefined
}

const instant = z.date()
const row = z.object({
  appId: z.string(),
  scopes: z.array(z.string()),
  tokenExpiresAt: instant,
  tokenRevokedAt: instant.nullable(),
  familyEndedAt: instant.nullable(),
  visitEndsAt: instant.nullable(),
  grantId: z.string(),
  grantEndedAt: instant.nullable(),
  grantExpiresAt: instant,
  accountId: z.string(),
  accountEndedAt: instant.nullable(),
  ehrId: z.string(),
  patientId: z.string(),
  linkId: z.string(),
  linkStatus: z.string(),
  linkLevel: z.string(),
  linkMethod: z.string(),
  relationship: z.string(),
  relatedPersonId: z.string().nullable(),
  personId: z.string().nullable(),
  appExists: z.boolean(),
  appOrigins: z.array(z.string()),
  isNonceRequired: z.boolean(),
  isAppPaused: z.boolean(),
  isEhrPaused: z.boolean(),
})

// One statement, so that every fact is of the same moment.
const statement = {
  name: 'authority',
  text: `
SELECT t.app_id AS "appId", t.scopes AS "scopes", t.expires_at AS "tokenExpiresAt", t.revoked_at AS "tokenRevokedAt",
  COALESCE(f.ended_at, CASE WHEN t.family_id IS NOT NULL AND f.id IS NULL THEN t.issued_at END) AS "familyEndedAt",
  ${accessVisitColumn},
  g.id AS "grantId", g.ended_at AS "grantEndedAt", g.expires_at AS "grantExpiresAt",
  a.id AS "accountId", a.ended_at AS "accountEndedAt",
  g.ehr_id AS "ehrId", g.patient_id AS "patientId",
  l.id AS "linkId", l.level AS "linkLevel", l.method AS "linkMethod", l.relationship AS "relationship",
  CASE WHEN l.account_id = g.account_id AND l.ehr_id = g.ehr_id AND l.patient_id = g.patient_id
    THEN l.status ELSE 'mismatch' END AS "linkStatus",
  l.related_person_id AS "relatedPersonId", l.person_id AS "personId",
  (p.id IS NOT NULL AND p.removed_at IS NULL AND p.id = g.app_id) AS "appExists",
  COALESCE(p.metadata, '{}'::jsonb) AS "metadata",
  COALESCE(p.metadata @> '{"dpopNonceRequired": true}', false) AS "isNonceRequired",
  EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL AND s.target = 'app' AND s.target_id = t.app_id) AS "isAppPaused",
  EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL AND s.target = 'ehr' AND s.target_id = g.ehr_id) AS "isEhrPaused"
FROM access_token t
JOIN "grant" g ON g.id = t.grant_id
JOIN link l ON l.id = g.link_id
JOIN account a ON a.id = g.account_id
LEFT JOIN refresh_family f ON f.id = t.family_id
${visitJoin}
LEFT JOIN app p ON p.id = t.app_id
WHERE t.jti = $1`,
}

/** Reads what stands behind a token, in one query. Undefined when nothing does. */
export async function findAuthority(jti: string): Promise<StoredAuthority | undefined> {
  const { rows } = await hotQuery(statement, [jti])
  const [found] = rows
  if (!found) return undefined
  return row.parse({ ...found, appOrigins: originsOf(found['metadata']) })
}

const metadata = z.object({
  origins: z.array(z.string()).optional(),
  redirectUris: z.array(z.string()).optional(),
})

/** Browser origins an app registered; those of its redirect URIs when it named none. SMART App Launch 2.2 @17. */
export function originsOf(value: unknown): readonly string[] {
  const parsed = metadata.safeParse(value)
  if (!parsed.success) return []
  const { origins, redirectUris = [] } = parsed.data
  return (origins ?? redirectUris)
    .filter((uri) => /^https?:/.test(uri) && URL.canParse(uri))
    .map((uri) => new URL(uri).origin)
}

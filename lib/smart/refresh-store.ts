import { z } from 'zod'
import { hotQuery } from '@/lib/db/hot-query'
import { visitJoin } from '@/lib/grants/visit'
import { launchContextSchema } from '@/lib/smart/launch-context'
import { standingColumns, standingJoins, standingSchema, visitColumn } from '@/lib/smart/standing'

const bytes = z.instanceof(Uint8Array)

const refreshSchema = standingSchema.extend({
  familyId: z.string(),
  keyVersion: z.number(),
  expiresAt: z.date(),
  spentAt: z.date().nullable(),
  requestDigest: bytes.nullable(),
  successorDigest: bytes.nullable(),
  successorJti: z.string().nullable(),
  successorIat: z.date().nullable(),
  successorExp: z.date().nullable(),
  successorStatusNumber: z.coerce.number().int().nullable(),
  successorContext: launchContextSchema.nullable(),
  successorSpentAt: z.date().nullable(),
  scopes: z.array(z.string()),
  authTime: z.date().nullable(),
  acr: z.string().nullable(),
  context: launchContextSchema,
  familyJkt: z.string().nullable(),
  isProofRequired: z.boolean(),
  isNonceRequired: z.boolean(),
  sessionId: z.string().nullable(),
  familyEndedAt: z.date().nullable(),
  familyExpiresAt: z.date(),
  visitEndsAt: z.date().nullable(),
  demographicsDigest: bytes,
})

/** A refresh token with its family, its successor and what it stands on, all of one moment. */
export type StoredRefresh = Readonly<z.infer<typeof refreshSchema>>

const statement = {
  name: 'refresh-token',
  text: `
SELECT t.family_id AS "familyId", t.key_version AS "keyVersion", t.expires_at AS "expiresAt", t.spent_at AS "spentAt",
  t.request_digest AS "requestDigest", t.successor_digest AS "successorDigest", t.successor_jti AS "successorJti",
  t.successor_iat AS "successorIat", t.successor_exp AS "successorExp",
  x.status_number AS "successorStatusNumber", x.context AS "successorContext", n.spent_at AS "successorSpentAt", f.scopes AS "scopes",
  f.auth_time AS "authTime", f.acr AS "acr", f.context AS "context",
  f.dpop_jkt AS "familyJkt", COALESCE(p.metadata @> '{"dpopBoundAccessTokens": true}', false) AS "isProofRequired",
  COALESCE(p.metadata @> '{"dpopNonceRequired": true}', false) AS "isNonceRequired",
  f.session_id AS "sessionId", f.ended_at AS "familyEndedAt", f.expires_at AS "familyExpiresAt",
  l.demographics_digest AS "demographicsDigest",
  ${visitColumn}, ${standingColumns}
FROM refresh_token t
JOIN refresh_family f ON f.id = t.family_id
JOIN "grant" g ON g.id = f.grant_id
${standingJoins}
${visitJoin}
LEFT JOIN refresh_token n ON n.digest = t.successor_digest
LEFT JOIN access_token x ON x.jti = t.successor_jti
WHERE t.digest = $1`,
}

/** The refresh token of a digest, spent or not. One query. */
export async function findRefreshToken(digest: Uint8Array): Promise<StoredRefresh | undefined> {
  const { rows } = await hotQuery(statement, [digest])
  return rows[0] ? refreshSchema.parse(rows[0]) : undefined
}

import { z } from 'zod'
import { hotQuery } from '@/lib/db/hot-query'
import { launchContextSchema } from '@/lib/smart/launch-context'
import { standingColumns, standingJoins, standingSchema } from '@/lib/smart/standing'

const codeSchema = standingSchema.extend({
  codeAppId: z.string(),
  redirectUri: z.string(),
  codeChallenge: z.string().nullable(),
  scopes: z.array(z.string()),
  nonce: z.string().nullable(),
  audience: z.string().nullable(),
  authTime: z.date().nullable(),
  acr: z.string().nullable(),
  context: launchContextSchema,
  dpopJkt: z.string().nullable(),
  sessionId: z.string(),
  failures: z.number(),
  expiresAt: z.date(),
  spentAt: z.date().nullable(),
})

/** A code with everything it stands on, of one moment. */
export type Code = Readonly<z.infer<typeof codeSchema>>

const findStatement = {
  name: 'code',
  text: `SELECT c.app_id AS "codeAppId", c.redirect_uri AS "redirectUri", c.code_challenge AS "codeChallenge",
  c.scopes AS "scopes", c.nonce AS "nonce", c.audience AS "audience", c.auth_time AS "authTime", c.acr AS "acr", c.context AS "context", c.dpop_jkt AS "dpopJkt", c.session_id AS "sessionId",
  c.failures AS "failures", c.expires_at AS "expiresAt", c.spent_at AS "spentAt", ${standingColumns}
FROM authorization_code c JOIN "grant" g ON g.id = c.grant_id ${standingJoins} WHERE c.digest = $1`,
}

/** The code of a digest, spent or not. One query. */
export async function findCode(digest: Uint8Array): Promise<Code | undefined> {
  const { rows } = await hotQuery(findStatement, [digest])
  return rows[0] ? codeSchema.parse(rows[0]) : undefined
}

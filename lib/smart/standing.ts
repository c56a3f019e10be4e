import { z } from 'zod'
import type { PatientApp } from '@/lib/apps/apps'
import { type Ehr, findEhr } from '@/lib/ehrs/ehrs'
import { OAuthError } from '@/lib/smart/oauth-error'

/** What has to be alive behind a code or refresh token, as the database says now. */
export const standingSchema = z.object({
  grantId: z.string(),
  accountId: z.string(),
  linkId: z.string(),
  appId: z.string(),
  ehrId: z.string(),
  patientId: z.string(),
  relatedPersonId: z.string().nullable(),
  personId: z.string().nullable(),
  linkLevel: z.string(),
  linkMethod: z.string(),
  relationship: z.enum(['self', 'proxy']),
  grantEndedAt: z.date().nullable(),
  grantExpiresAt: z.date(),
  linkStatus: z.string(),
  accountEndedAt: z.date().nullable(),
  isAppAlive: z.boolean(),
  /** How the app is told who a person is (lib/smart/subject) and how its ID tokens are signed. */
  subjectType: z.enum(['public', 'pairwise']),
  idTokenSignedResponseAlg: z.enum(['RS256', 'ES256']),
  isAppPublic: z.boolean(),
  isPaused: z.boolean(),
})

export type Standing = Readonly<z.infer<typeof standingSchema>>

/** Columns of `standingSchema`, for a query that joins a grant as `g`. */
export const standingColumns = `g.id AS "grantId", g.account_id AS "accountId", g.link_id AS "linkId",
  g.app_id AS "appId", g.ehr_id AS "ehrId", g.patient_id AS "patientId", l.related_person_id AS "relatedPersonId",
  l.person_id AS "personId", l.level AS "linkLevel", l.method AS "linkMethod", l.relationship AS "relationship", g.ended_at AS "grantEndedAt", g.expires_at AS "grantExpiresAt", a.ended_at AS "accountEndedAt",
  CASE WHEN l.account_id = g.account_id AND l.ehr_id = g.ehr_id AND l.patient_id = g.patient_id
    THEN l.status ELSE 'mismatch' END AS "linkStatus",
  (p.id IS NOT NULL AND p.kind = 'app' AND p.removed_at IS NULL) AS "isAppAlive",
  COALESCE(p.metadata->>'subjectType', 'public') AS "subjectType",
  COALESCE(p.metadata->>'idTokenSignedResponseAlg', 'RS256') AS "idTokenSignedResponseAlg",
  COALESCE(p.metadata->>'tokenEndpointAuthMethod', 'none') = 'none' AS "isAppPublic",
  EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL AND (s.target = 'token-issue'
    OR (s.target = 'app' AND s.target_id = g.app_id) OR (s.target = 'ehr' AND s.target_id = g.ehr_id))) AS "isPaused"`

/** The app behind a grant, as far as tokens tell by it. */
export function appOf(
  standing: Standing,
): Pick<PatientApp, 'id' | 'subjectType' | 'idTokenSignedResponseAlg'> {
  const { appId: id, subjectType, idTokenSignedResponseAlg } = standing
  return { id, subjectType, idTokenSignedResponseAlg }
}

/** Joins that go with `standingColumns`. */
export const standingJoins = `JOIN link l ON l.id = g.link_id JOIN account a ON a.id = g.account_id
  LEFT JOIN app p ON p.id = g.app_id`

/** The same in one condition, read again by the statement that spends: grant `grant`, moment `now`. */
export function standsCondition(grant: string, now: string): string {
  return `EXISTS (SELECT 1 FROM "grant" g JOIN link l ON l.id = g.link_id AND l.status = 'active'
    JOIN account a ON a.id = g.account_id AND a.ended_at IS NULL
    JOIN app p ON p.id = g.app_id AND p.removed_at IS NULL
    WHERE g.id = ${grant} AND g.ended_at IS NULL AND g.expires_at > ${now})`
}

/** Until when that visit lasts; null when it was ended, or its row is gone. Goes with `visitJoin`. */
export const visitColumn = 'CASE WHEN v.ended_at IS NULL THEN v.expires_at END AS "visitEndsAt"'

/** The same in one condition on a family `f`: away access needs no visit (spec S17). */
export function visitCondition(now: string): string {
  return `('offline_access' = ANY(f.scopes) OR EXISTS (SELECT 1 FROM session v
    WHERE v.id = f.session_id AND v.ended_at IS NULL AND v.expires_at > ${now}))`
}

/** Whether access that was given for the visit is over: the person signed out, or the visit reached its end. */
export function isVisitOver(
  family: { readonly scopes: readonly string[]; readonly visitEndsAt: Date | null },
  now: Date,
): boolean {
  if (family.scopes.includes('offline_access')) return false
  return family.visitEndsAt === null || family.visitEndsAt <= now
}

/**
 * Refuses when something behind a grant is dead (invalid_grant: the app asks the person again) or paused
 * (temporarily_unavailable: it comes back by itself). @returns the EHR, for its addresses
 */
export function requireStanding(standing: Standing, now: Date): Ehr {
  const refusal = findRefusal(standing, now)
  if (refusal)
    throw new OAuthError('invalid_grant', 'Access has ended. Ask the person again.', { detail: refusal })
  if (standing.isPaused) throw new OAuthError('temporarily_unavailable', 'Access is paused at the moment.')
  const ehr = findEhr(standing.ehrId)
  if (!ehr)
    throw new OAuthError('invalid_grant', 'Access has ended. Ask the person again.', { detail: 'ehr' })
  return ehr
}

/** Whether everything behind a token is alive and nothing is paused. */
export function isStanding(standing: Standing, now: Date): boolean {
  return (
    findRefusal(standing, now) === undefined && !standing.isPaused && findEhr(standing.ehrId) !== undefined
  )
}

function findRefusal(standing: Standing, now: Date): string | undefined {
  if (!standing.isAppAlive) return 'app-removed'
  if (standing.grantEndedAt) return 'grant-ended'
  if (standing.grantExpiresAt <= now) return 'grant-expired'
  if (standing.linkStatus !== 'active') return `link-${standing.linkStatus}`
  if (standing.accountEndedAt) return 'account-ended'
  return undefined
}

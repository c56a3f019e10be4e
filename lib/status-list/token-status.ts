import { visitOver } from '@/lib/grants/visit'

/** Joins that go with `tokenStatus`, for a query over access tokens as `t`. */
export const tokenStatusJoins = `LEFT JOIN app p ON p.id = t.app_id AND p.removed_at IS NULL
  LEFT JOIN refresh_family f ON f.id = t.family_id
  LEFT JOIN "grant" g ON g.id = t.grant_id
  LEFT JOIN sign_in_grant n ON n.id = t.sign_in_grant_id
  LEFT JOIN account a ON a.id = COALESCE(g.account_id, n.account_id)
  LEFT JOIN link l ON l.id = g.link_id`

/**
 * What stands behind an access token now, as one expression: 0 valid, 1 invalid, 2 suspended. The status list and
 * introspection read the same one, so that an EHR hears the same whichever it asks; the gateway's decision agrees (tested).
 * Whether the token itself has expired is not looked at. `now`: the parameter that holds the moment.
 */
export function tokenStatus(now: string): string {
  return `CASE
  WHEN t.revoked_at IS NOT NULL OR p.id IS NULL THEN 1
  WHEN t.family_id IS NOT NULL AND (f.id IS NULL OR f.ended_at IS NOT NULL) THEN 1
  WHEN ${visitOver(now)} THEN 1
  WHEN t.sign_in_grant_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sign_in_grant n
    JOIN account o ON o.id = n.account_id AND o.ended_at IS NULL
    WHERE n.id = t.sign_in_grant_id AND n.ended_at IS NULL AND n.expires_at > ${now}) THEN 1
  WHEN t.sign_in_grant_id IS NOT NULL AND (a.id IS NULL OR a.ended_at IS NOT NULL OR n.ended_at IS NOT NULL
    OR n.expires_at <= ${now}) THEN 1
  WHEN t.grant_id IS NULL THEN ${paused('NULL')}
  WHEN g.id IS NULL OR g.app_id <> t.app_id OR g.ended_at IS NOT NULL OR g.expires_at <= ${now} THEN 1
  WHEN a.id IS NULL OR a.ended_at IS NOT NULL THEN 1
  WHEN l.id IS NULL OR l.account_id <> g.account_id OR l.ehr_id <> g.ehr_id OR l.patient_id <> g.patient_id THEN 1
  WHEN l.relationship = 'proxy' AND l.related_person_id IS NULL THEN 1
  WHEN l.status = 'suspended' THEN 2
  WHEN l.status <> 'active' THEN 1
  ELSE ${paused('g.ehr_id')} END`
}

/** What an operator paused is suspended: it comes back by itself. */
function paused(ehrId: string): string {
  return `CASE WHEN EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL
    AND ((s.target = 'app' AND s.target_id = t.app_id) OR (s.target = 'ehr' AND s.target_id = ${ehrId})))
    THEN 2 ELSE 0 END`
}

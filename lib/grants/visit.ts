/**
 * Access for the visit (`online_access`, spec S17) as SQL over a refresh family `f`, null where there is none. Whoever asks
 * about a token reads it in the statement they have: no job and no cache stands between a sign-out and its effect.
 */

/** Joins the visit that consented, as `v`. */
export const visitJoin = 'LEFT JOIN session v ON v.id = f.session_id'

/** Whether the family gives access for the visit alone: access while away holds that of the visit. */
const isForVisit = `('online_access' = ANY(f.scopes) AND NOT 'offline_access' = ANY(f.scopes))`

/** Until when access lasts that is for the visit alone; null for any other. An ended visit was over at once. */
export const accessVisitColumn = `CASE WHEN ${isForVisit} THEN
  COALESCE(CASE WHEN v.ended_at IS NULL THEN v.expires_at END, t.issued_at) END AS "visitEndsAt"`

/** Whether access that is for the visit alone is over, at the moment `now`; needs no join. */
export function visitOver(now: string): string {
  return `COALESCE(${isForVisit} AND NOT EXISTS (SELECT 1 FROM session v
    WHERE v.id = f.session_id AND v.ended_at IS NULL AND v.expires_at > ${now}), false)`
}

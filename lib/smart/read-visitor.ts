import { z } from 'zod'
import { hotQuery } from '@/lib/db/hot-query'
import { jsonRow } from '@/lib/db/json-row'
import {
  acceptPatient,
  livePatientSession,
  type PatientSession,
  patientSessionKey,
} from '@/lib/identity/session'
import { type LinkView, toLinkView } from '@/lib/linking/links'
import { grantRow, linkRow, linksColumn, sessionRow } from '@/lib/smart/request-rows'
import { liveStopsColumn, liveStopsSchema } from '@/lib/stops/stops'

const liveGrantRow = grantRow.extend({ ehrId: z.string() })

/** Who is signed in in a browser, and what they let an app do before, all of one moment. */
export type Visitor = {
  readonly session: PatientSession
  /** Their charts, oldest first, suspended ones too. */
  readonly links: readonly LinkView[]
  /** Their live grants to the app, newest first, without those whose access ended because a spent token came back. */
  readonly grants: readonly Readonly<z.infer<typeof liveGrantRow>>[]
  /** Their live yes to being known by the app, the newest. */
  readonly signInGrantId: string | undefined
}

const visitor = z.object({
  session: sessionRow,
  links: z.array(linkRow),
  grants: z.array(liveGrantRow),
  signInGrantId: z.string().nullable(),
  stops: liveStopsSchema,
})

const statement = {
  name: 'visitor',
  text: `SELECT ${jsonRow('v', sessionRow)} AS "session",
  ${linksColumn('v.account_id')},
  COALESCE((SELECT jsonb_agg(${jsonRow('g', liveGrantRow)} ORDER BY g.created_at DESC) FROM "grant" g
    WHERE g.account_id = v.account_id AND g.app_id = $4 AND g.ended_at IS NULL AND g.expires_at > $2
      AND (EXISTS (SELECT 1 FROM refresh_family f WHERE f.grant_id = g.id AND f.ended_at IS NULL)
        OR NOT EXISTS (SELECT 1 FROM refresh_family f WHERE f.grant_id = g.id AND f.ended_why = 'replayed'))),
    '[]') AS "grants",
  (SELECT n.id FROM sign_in_grant n WHERE n.account_id = v.account_id AND n.app_id = $4 AND n.ended_at IS NULL
    AND n.expires_at > $2 ORDER BY n.created_at DESC LIMIT 1) AS "signInGrantId",
  ${liveStopsColumn}
FROM (${livePatientSession('$1', '$2', '$3')}) v`,
}

/** The person signed in in this browser with what they let this app do before; undefined when nobody is. One query. */
export async function readVisitor(
  cookieHeader: string | null,
  appId: string,
  now: Date,
): Promise<Visitor | undefined> {
  const { digest, idleSince } = patientSessionKey(cookieHeader, now)
  const { rows } = await hotQuery(statement, [digest, now, idleSince, appId])
  if (!rows[0]) return undefined
  const { session: row, links, grants, signInGrantId, stops } = visitor.parse(rows[0])
  const session = await acceptPatient(row, stops, now)
  return (
    session && { session, links: links.map(toLinkView), grants, signInGrantId: signInGrantId ?? undefined }
  )
}

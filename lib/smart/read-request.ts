import { z } from 'zod'
import { appRow } from '@/lib/apps/apps'
import { type App, parseApp } from '@/lib/apps/metadata'
import { isEqual, sha256 } from '@/lib/crypto/digest'
import { hotQuery } from '@/lib/db/hot-query'
import { jsonRow } from '@/lib/db/json-row'
import {
  acceptPatient,
  livePatientSession,
  type PatientSession,
  patientSessionKey,
} from '@/lib/identity/session'
import { type LinkView, toLinkView } from '@/lib/linking/links'
import type { StoredLaunch } from '@/lib/smart/launches'
import { grantRow, launchRow, linkRow, linksColumn, requestRow, sessionRow } from '@/lib/smart/request-rows'
import { type StoredRequest, secretOf } from '@/lib/smart/requests'
import { type LiveStops, liveStopsColumn, liveStopsSchema } from '@/lib/stops/stops'

/** A grant of the same person to the same app that has not ended. It may have expired. */
export type EarlierGrant = Readonly<z.infer<typeof grantRow>>

/** What a person holds that a request may be answered with. */
export type Holdings = {
  /** Their charts, oldest first, suspended ones too. */
  readonly links: readonly LinkView[]
  readonly earlier: readonly EarlierGrant[]
}

/** A request and everything its next step depends on, all of one moment. */
export type RequestReading = {
  readonly request: StoredRequest
  /** Undefined when it was removed. */
  readonly app: App | undefined
  readonly stops: LiveStops
  readonly launch: StoredLaunch | undefined
  /** Who is signed in in this browser, if anybody. */
  readonly session: PatientSession | undefined
  /** Of the account that is signed in. */
  readonly holdings: Holdings
}

const reading = z.object({
  request: requestRow,
  app: appRow.nullable(),
  launch: launchRow.nullable(),
  session: sessionRow.nullable(),
  links: z.array(linkRow),
  grants: z.array(grantRow),
  stops: liveStopsSchema,
})

const holdingsColumns = (account: string, app: string): string => `${linksColumn(account)},
  COALESCE((SELECT jsonb_agg(${jsonRow('g', grantRow)} ORDER BY g.created_at) FROM "grant" g
    WHERE g.account_id = ${account} AND g.app_id = ${app} AND g.ended_at IS NULL), '[]') AS "grants"`

const readingStatement = {
  name: 'authorization-request',
  text: `SELECT ${jsonRow('r', requestRow)} AS "request",
  (SELECT ${jsonRow('p', appRow)} FROM app p WHERE p.id = r.app_id AND p.removed_at IS NULL) AS "app",
  (SELECT ${jsonRow('u', launchRow)} FROM launch u WHERE u.id = r.launch_id) AS "launch",
  CASE WHEN v.id IS NULL THEN NULL ELSE ${jsonRow('v', sessionRow)} END AS "session",
  ${holdingsColumns('v.account_id', 'r.app_id')},
  ${liveStopsColumn}
FROM authorization_request r
LEFT JOIN (${livePatientSession('$2', '$3', '$4')}) v ON true
WHERE r.id = $1`,
}

/**
 * The request of this id, if this browser began it, with all it stands on. An id alone opens nothing: the address may be
 * copied. One query.
 */
export async function readRequest(
  id: string,
  cookieHeader: string | null,
  now: Date,
): Promise<RequestReading | undefined> {
  const secret = secretOf(id, cookieHeader)
  if (secret === undefined) return undefined
  const { digest, idleSince } = patientSessionKey(cookieHeader, now)
  const { rows } = await hotQuery(readingStatement, [id, digest, now, idleSince])
  if (!rows[0]) return undefined
  const { request, app, launch, session, links, grants, stops } = reading.parse(rows[0])
  if (!isEqual(request.browserDigest, sha256(secret))) return undefined
  return {
    request,
    app: app ? parseApp(app) : undefined,
    launch: launch ?? undefined,
    stops,
    session: await acceptPatient(session, stops, now),
    holdings: { links: links.map(toLinkView), earlier: grants },
  }
}

const holdingsStatement = {
  name: 'holdings',
  text: `SELECT ${holdingsColumns('$1::uuid', '$2')}`,
}
const holdings = reading.pick({ links: true, grants: true })

/** The same of an account that did not come by a cookie of this browser: a portal vouched for it. */
export async function readHoldings(accountId: string, appId: string): Promise<Holdings> {
  const { rows } = await hotQuery(holdingsStatement, [accountId, appId])
  const { links, grants } = holdings.parse(rows[0])
  return { links: links.map(toLinkView), earlier: grants }
}

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { AuthorizationRequest as RequestRow } from '@/generated/prisma/client'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { seal, unseal } from '@/lib/crypto/seal'
import { db, type Tx } from '@/lib/db/database'
import { hotQuery } from '@/lib/db/hot-query'
import { findCookie, setCookie } from '@/lib/http/cookies'
import type { CheckedRequest } from '@/lib/smart/authorize-draft'
import { type LaunchContext, launchContextSchema } from '@/lib/smart/launch-context'
import { type StoredLaunch, spendLaunch, unknownLaunch } from '@/lib/smart/launches'
import type { OAuthErrorCode } from '@/lib/smart/oauth-error'
import { answerUri } from '@/lib/smart/redirect-uri'
import { newRequestSecret, requestCookie } from '@/lib/smart/request-cookies'
import { addSeconds } from '@/lib/time/clock'

/** How long a person may take, a first linking included. */
const requestSeconds = 3600

/** How long the leaving page can be shown after the decision: as long as the code lives. */
export const answerSeconds = 60

/** An authorization request as stored, from its beginning to its answer. */
export type StoredRequest = RequestRow

/**
 * Stores a checked request and binds it to the browser that brought it: a cookie of its own (HttpOnly, Lax), of which
 * the row holds the digest. Two tabs are two requests with two cookies. A launch is spent in the same transaction: of N
 * requests with one handle one is stored. @throws OAuthError invalid_request when another was first
 */
export async function createRequest(
  checked: CheckedRequest,
): Promise<{ readonly id: string; readonly setCookie: string }> {
  const id = randomUUID()
  const { app, ehr, scopes, now } = checked
  const secret = newRequestSecret(now)
  const { launch } = checked
  const data = {
    id,
    browserDigest: sha256(secret),
    appId: app.id,
    ehrId: ehr?.id ?? null,
    redirectUri: checked.redirectUri,
    scopes: [...scopes],
    state: checked.state ?? null,
    nonce: checked.nonce ?? null,
    codeChallenge: checked.codeChallenge ?? null,
    audience: ehr?.appBase ?? null,
    hintedSubject: checked.hintedSubject ?? null,
    prompt: [...checked.prompt],
    maxAge: checked.maxAgeSeconds ?? null,
    dpopJkt: checked.dpopJkt ?? null,
    acrValues: [...(checked.acr ?? [])],
    createdAt: now,
    expiresAt: addSeconds(now, requestSeconds),
    ...(launch ? boundTo(launch) : {}),
  }
  if (!launch) await db().authorizationRequest.create({ data })
  else
    await db().$transaction(async (tx) => {
      if (!(await spendLaunch(tx, launch, now))) throw unknownLaunch()
      await tx.authorizationRequest.create({ data })
    })
  return { id, setCookie: setCookie(requestCookie(id), secret, { maxAgeSeconds: requestSeconds }) }
}

/** A launch says beforehand whose chart and whose yes: account and link stand from the beginning. */
function boundTo(launch: StoredLaunch): {
  launchId: string
  accountId: string
  linkId: string
  context: LaunchContext
} {
  const { id, accountId, linkId } = launch
  return { launchId: id, accountId, linkId, context: launchContextSchema.parse(launch.context) }
}

/** The secret this browser got when it began the request of this id. */
export function secretOf(id: string, cookieHeader: string | null | undefined): string | undefined {
  return z.uuid().safeParse(id).success ? findCookie(cookieHeader, requestCookie(id)) : undefined
}

/** What an answered request says to the app: a code, or why there is none. */
export type Answer =
  | { readonly code: string }
  | { readonly error: OAuthErrorCode; readonly description: string }

/** The redirect that carries an answer: always with state and iss (RFC 9207), success or not. */
export function answerAddress(
  request: { readonly redirectUri: string; readonly state: string | null },
  answer: Answer,
): string {
  const parameters =
    'code' in answer ? { code: answer.code } : { error: answer.error, error_description: answer.description }
  return answerUri(request.redirectUri, {
    ...parameters,
    state: request.state ?? undefined,
    iss: config().issuer,
  })
}

/** Where an answer leads, as it is kept until the browser is taken there. */
export function sealAnswer(request: StoredRequest, answer: Answer): Uint8Array<ArrayBuffer> {
  return seal(answerAddress(request, answer), sealContext(request.id))
}

/** The one conditional statement that answers a request; false when it was answered, expired or is someone else's. */
export async function answerRequest(
  tx: Tx,
  request: StoredRequest,
  given: {
    readonly status: 'approved' | 'declined' | 'failed'
    readonly answer: Answer
    readonly bound: { readonly sessionId: string | null; readonly accountId: string | null }
    readonly now: Date
  },
): Promise<boolean> {
  const { status, answer, bound, now } = given
  const { count } = await tx.authorizationRequest.updateMany({
    where: { id: request.id, status: 'open', expiresAt: { gt: now }, ...bound },
    data: {
      status,
      decidedAt: now,
      sealedAnswer: sealAnswer(request, answer),
    },
  })
  return count === 1
}

/** Where an answered request leads, for as long as its code lives. */
export function findAnswerAddress(request: StoredRequest, now: Date): string | undefined {
  if (!request.sealedAnswer || !request.decidedAt) return undefined
  if (addSeconds(request.decidedAt, answerSeconds) < now) return undefined
  return unseal(request.sealedAnswer, sealContext(request.id))
}

const takeStatement = {
  name: 'take-answer',
  text: `UPDATE authorization_request r SET sealed_answer = NULL
FROM (SELECT q.id, q.browser_digest, q.sealed_answer, q.decided_at, p.name FROM authorization_request q
  LEFT JOIN app p ON p.id = q.app_id AND p.removed_at IS NULL WHERE q.id = $1 FOR UPDATE OF q) before
WHERE r.id = before.id AND before.browser_digest = $2 AND before.sealed_answer IS NOT NULL AND before.decided_at >= $3
RETURNING before.sealed_answer AS "sealedAnswer", before.name AS "appName"`,
}
const takenAnswer = z.object({ sealedAnswer: z.instanceof(Uint8Array), appName: z.string().nullable() })

/** Where a browser is taken, and the name of the app that waits there; null when it was removed meanwhile. */
export type TakenAnswer = { readonly address: string; readonly appName: string | null }

/**
 * Takes the answer's address for the one time it is shown: a browser that comes back to the leaving page must not hand
 * the app its code again, for a second exchange would end what the first gave. One statement; of N at once one gets it.
 */
export async function takeAnswer(
  id: string,
  cookieHeader: string | null,
  now: Date,
): Promise<TakenAnswer | undefined> {
  const secret = secretOf(id, cookieHeader)
  if (secret === undefined) return undefined
  const { rows } = await hotQuery(takeStatement, [id, sha256(secret), addSeconds(now, -answerSeconds)])
  if (!rows[0]) return undefined
  const { sealedAnswer, appName } = takenAnswer.parse(rows[0])
  const address = unseal(sealedAnswer, sealContext(id))
  return address === undefined ? undefined : { address, appName }
}

/** Erases answers that lead nowhere any more and deletes requests a day after they expired. */
export async function sweepRequests(tx: Tx, now: Date): Promise<void> {
  await tx.authorizationRequest.updateMany({
    where: { decidedAt: { lt: addSeconds(now, -answerSeconds) }, NOT: { sealedAnswer: null } },
    data: { sealedAnswer: null },
  })
  await tx.authorizationRequest.deleteMany({ where: { expiresAt: { lt: addSeconds(now, -86_400) } } })
}

function sealContext(id: string): string {
  return `authorization-request:${id}`
}

import { type Decision, decide } from '@/lib/access/decide'
import { type AccessFacts, findAuthority, type StoredAuthority, type TokenClaims } from '@/lib/access/facts'
import { findNeed } from '@/lib/access/step-up'
import { config } from '@/lib/config/config'
import { isDatabaseUnavailable } from '@/lib/db/availability'
import { type Ehr, findGatewayEhr } from '@/lib/ehrs/ehrs'
import type { Resource } from '@/lib/fhir/resource'
import { refusalAnswer, resourceAnswer, searchAnswer } from '@/lib/gateway/answers'
import { readToken, type TokenScheme, verifyAccessToken } from '@/lib/gateway/bearer'
import { type Call, openCall } from '@/lib/gateway/call'
import { capabilityStatement } from '@/lib/gateway/capability-statement'
import { collectPage } from '@/lib/gateway/collect-page'
import { allowOrigin, preflightAnswer } from '@/lib/gateway/cors'
import { issueCursor, openCursor } from '@/lib/gateway/cursor'
import { countNotFound, findWait } from '@/lib/gateway/not-found-limit'
import type { OfferedTypeName } from '@/lib/gateway/offered'
import { type Interaction, parseInteraction } from '@/lib/gateway/parse-interaction'
import type { Search } from '@/lib/gateway/parse-search'
import { requirePossession } from '@/lib/gateway/possession'
import { readResource } from '@/lib/gateway/read-resource'
import { recordRead } from '@/lib/gateway/record-read'
import { isFhirRefusal, notFound, type RefusalShape, refuse } from '@/lib/gateway/refusal'
import {
  faulted,
  noSuchServer,
  shapeRefusal,
  tokenInvalid,
  tokenMalformed,
  tokenMissing,
  unavailable,
} from '@/lib/gateway/refusal-shapes'
import { logFault } from '@/lib/log/log'
import { keepSeen } from '@/lib/release-policy/seen'
import { now } from '@/lib/time/clock'

/**
 * The FHIR API in front of one EHR, `/fhir/{ehr}/*`. Nothing is sent before the decision, and nothing that was not
 * judged; what cannot be understood is refused; what goes wrong answers 500 with nothing of the EHR in it.
 */
export async function fhirEndpoint(request: Request): Promise<Response> {
  const ehr = findGatewayEhr(new URL(request.url).pathname.split('/')[2] ?? '')
  if (!ehr) return refusalAnswer(request, noSuchServer)
  if (request.method === 'OPTIONS') return preflightAnswer(request)
  if (new URL(request.url).pathname === `/fhir/${ehr.id}/metadata`) return metadata(request, ehr)
  let authority: StoredAuthority | undefined
  try {
    const { token, sent, scheme } = await authenticate(request, ehr)
    authority = await findAuthority(token.jti)
    const nonce = await requirePossession(request, ehr, { token, sent, scheme, authority })
    const response = await answer(request, ehr, { token, authority })
    if (nonce !== undefined) response.headers.set('dpop-nonce', nonce)
    return await allowOrigin(request, response, authority?.appOrigins)
  } catch (fault) {
    const response = refusalAnswer(request, shapeOf(fault))
    return isDatabaseUnavailable(fault) ? response : allowOrigin(request, response, authority?.appOrigins)
  }
}

/** The CapabilityStatement: public, for every origin, without a token. SMART App Launch 2.2 @16 */
function metadata(request: Request, ehr: Ehr): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refusalAnswer(request, {
      ...notFound,
      status: 405,
      issue: 'not-supported',
      headers: { allow: 'GET, HEAD, OPTIONS' },
    })
  const body = JSON.stringify(capabilityStatement(ehr, config().issuer))
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: {
      'content-type': 'application/fhir+json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    },
  })
}

type Authenticated = { readonly token: TokenClaims; readonly sent: string; readonly scheme: TokenScheme }

async function authenticate(request: Request, ehr: Ehr): Promise<Authenticated> {
  const found = readToken(request.headers.get('authorization'))
  if (found.outcome === 'none') return refuse(tokenMissing(ehr.gatewayBase))
  if (found.outcome === 'malformed') return refuse(tokenMalformed(ehr.gatewayBase))
  const token = await verifyAccessToken(found.token, ehr.gatewayBase, now())
  return token ? { token, sent: found.token, scheme: found.scheme } : refuse(tokenInvalid(ehr.gatewayBase))
}

type Known = { readonly token: TokenClaims; readonly authority: StoredAuthority | undefined }

/** Parse, decide, do, record: the answer leaves when its audit row is written. */
async function answer(request: Request, ehr: Ehr, known: Known): Promise<Response> {
  const tally = { hidden: 0, returned: 0 }
  const said = { interaction: 'unparsed', type: '' }
  const at = now()
  let response: Response
  let because: string | undefined
  try {
    const wait = findWait(known.token.jti, at)
    if (wait) refuse(wait)
    const interaction = await parseInteraction(request, ehr.gatewayBase)
    Object.assign(said, { interaction: interaction.kind, type: interaction.type })
    const facts = { now: at, asked: askedOf(interaction, ehr), stepUpRules: ehr.stepUp, ...known }
    const begun = performance.now()
    response = await perform(request, interaction, permit(ehr, facts, decide(facts), tally))
    if (performance.now() - begun > longestTrust) await decideAgain(ehr, facts, tally)
  } catch (fault) {
    const first = shapeOf(fault)
    const shape = (first === notFound ? await countNotFound(known.token.jti, at) : undefined) ?? first
    because = shape.because
    tally.returned = 0
    response = refusalAnswer(request, shape)
  }
  if (known.authority)
    await recordRead(known.authority, { ...said, status: response.status, because, ...tally }, at)
  return response
}

/** Milliseconds after which what was decided is decided again before anything is sent. */
const longestTrust = 1_000

/** A slow EHR must not carry an answer past the end of the access it was asked under. @throws FhirRefusal */
async function decideAgain(ehr: Ehr, before: AccessFacts, tally: Call['tally']): Promise<void> {
  const facts = { ...before, now: now(), authority: await findAuthority(before.token.jti) }
  permit(ehr, facts, decide(facts), tally)
}

function askedOf(interaction: Interaction, ehr: Ehr): AccessFacts['asked'] {
  return {
    ehrId: ehr.id,
    interaction: interaction.kind,
    type: interaction.type,
    id: interaction.kind === 'read' ? interaction.id : undefined,
    patientId: interaction.kind === 'search' ? interaction.search.patientId : undefined,
    categories: interaction.kind === 'search' ? categoriesOf(interaction.search) : [],
  }
}

function permit(ehr: Ehr, facts: AccessFacts, decision: Decision, tally: Call['tally']): Call {
  const { authority } = facts
  if (!decision.permit) {
    const { because, need } = decision
    const isKeyBound = facts.token.jkt !== undefined
    return refuse(shapeRefusal(because, ehr.gatewayBase, need && { need, isKeyBound }))
  }
  if (!authority) return refuse(shapeRefusal('token-unknown', ehr.gatewayBase))
  return { ...openCall(ehr, { ...facts, authority }, decision), tally }
}

async function perform(request: Request, interaction: Interaction, call: Call): Promise<Response> {
  if (interaction.kind === 'search') return search(request, interaction.type, interaction.search, call)
  const resource = await readResource(call, interaction.type, interaction.id)
  if (!resource) return refuse(notFound)
  call.tally.returned = 1
  await keepShown(call, [resource])
  return resourceAnswer(request, resource)
}

async function search(request: Request, type: OfferedTypeName, asked: Search, call: Call): Promise<Response> {
  const from = asked.cursor
    ? openCursor(call, type, asked.cursor)
    : { search: asked, position: { link: undefined, skip: 0 } }
  checkProof(call, type, from.search)
  const { rows, next } = await collectPage(call, type, from)
  call.tally.returned = rows.length
  await keepShown(call, rows)
  const link = (cursor: string): string => `${call.ehr.gatewayBase}/${type}?_cursor=${cursor}`
  return searchAnswer(request, call, {
    rows,
    self: asked.cursor ? link(asked.cursor) : selfLink(type, asked, call),
    next: next && link(issueCursor(call, type, { search: from.search, position: next })),
  })
}

/** What a page link goes on with was not in the request when it was decided upon. @throws FhirRefusal */
function checkProof(call: Call, type: OfferedTypeName, search: Search): void {
  const need = findNeed(call.obligations.unmetStepUps, { type, categories: categoriesOf(search) })
  const { isKeyBound } = call
  if (need) refuse(shapeRefusal('step-up', call.ehr.gatewayBase, { need, isKeyBound }))
}

function categoriesOf(search: Search): readonly string[] {
  return search.filters.flatMap(([name, value]) => (name === 'category' ? value.split(',') : []))
}

/** What only the automatic end made visible is now seen: it is kept before the answer leaves, as the audit is. */
async function keepShown(call: Call, rows: readonly Resource[]): Promise<void> {
  const keys = rows.flatMap((row) => call.byAutomaticEnd.get(row) ?? [])
  if (keys.length > 0)
    await keepSeen({ ehrId: call.ehr.id, patientId: call.obligations.patientId }, keys, call.now)
}

/** The search as it was understood, in our own words. FHIR R4 search §3.1.1.1.1 */
function selfLink(type: OfferedTypeName, asked: Search, call: Call): string {
  const query = new URLSearchParams(asked.filters.map(([name, value]) => [name, value]))
  if (asked.patientId) query.set('patient', asked.patientId)
  if (asked.sort) query.set('_sort', asked.sort)
  query.set('_count', String(asked.count))
  return `${call.ehr.gatewayBase}/${type}?${query}`
}

function shapeOf(fault: unknown): RefusalShape {
  if (isFhirRefusal(fault)) return fault.shape
  if (isDatabaseUnavailable(fault)) return unavailable
  logFault('gateway.fault', fault)
  return faulted
}

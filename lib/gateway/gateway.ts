import { type Decision, decide } from '@/lib/access/decide'
import { type AccessFacts, findAuthority, type StoredAuthority, type TokenClaims } from '@/lib/access/facts'
import { config } from '@/lib/config/config'
import { isDatabaseUnavailable } from '@/lib/db/availability'
import { type Ehr, findGatewayEhr } from '@/lib/ehrs/ehrs'
import { refusalAnswer } from '@/lib/gateway/answers'
import { readToken, type TokenScheme, verifyAccessToken } from '@/lib/gateway/bearer'
import { type Call, openCall } from '@/lib/gateway/call'
import { capabilityStatement } from '@/lib/gateway/capability-statement'
import { allowOrigin, preflightAnswer } from '@/lib/gateway/cors'
import { countNotFound, findWait } from '@/lib/gateway/not-found-limit'
import { type Interaction, parseInteraction } from '@/lib/gateway/parse-interaction'
import { categoriesOf, perform } from '@/lib/gateway/perform'
import { requirePossession } from '@/lib/gateway/possession'
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

function shapeOf(fault: unknown): RefusalShape {
  if (isFhirRefusal(fault)) return fault.shape
  if (isDatabaseUnavailable(fault)) return unavailable
  logFault('gateway.fault', fault)
  return faulted
}

import { decide } from '@/lib/access/decide'
import type { AccessFacts, StoredAuthority } from '@/lib/access/facts'
import { type Ehr, findGatewayEhr } from '@/lib/ehrs/ehrs'
import { basesOf, openCall } from '@/lib/gateway/call'
import { isOffered } from '@/lib/gateway/offered'
import { readResource } from '@/lib/gateway/read-resource'
import { definitions, speaksOfJudged } from '@/lib/gateway/reference-rules'
import { isFhirRefusal } from '@/lib/gateway/refusal'
import { log, logFault } from '@/lib/log/log'
import type { ContextResource, ListTellable, TokenToBe } from '@/lib/smart/launch-context'

/**
 * What of a launch's `fhirContext` may be told with a token: what the same token could read here at this moment. Each
 * reference goes the way of a read through the gateway, so that it is left out where the read would find nothing: held,
 * another patient's, beyond the scopes, not proven freshly enough, never written. What cannot be judged is left out
 * too: another type, an identifier, an EHR that enforces by itself or does not answer. SMART App Launch 2.2 K4
 */
export const listTellable: ListTellable = async (named, token) => {
  const ehr = findGatewayEhr(token.standing.ehrId)
  if (!ehr) return []
  const verdicts = await Promise.all(named.map((resource) => isTellable(resource, ehr, token)))
  return named.filter((_, index) => verdicts[index])
}

async function isTellable(resource: ContextResource, ehr: Ehr, token: TokenToBe): Promise<boolean> {
  const { reference, canonical, identifier, type } = resource
  if (identifier !== undefined) return false
  if (reference === undefined || canonical !== undefined) return isDefinition(resource, ehr)
  const [named = '', id = ''] = reference.split('/')
  if (type !== undefined && type !== named) return false
  return isReadable(named, id, { ehr, token }).catch(leaveOut)
}

/** Only by its type is it known that an address names a definition; one of the EHR's own could name anything. */
function isDefinition({ reference, canonical, type }: ContextResource, ehr: Ehr): boolean {
  if (reference !== undefined || canonical === undefined || type === undefined) return false
  const isOwn = basesOf(ehr).some((base) => canonical.startsWith(`${base}/`))
  return definitions.has(type) && !isOwn && !speaksOfJudged(canonical)
}

/** The launch goes on without it: an error, too, would tell of a resource. */
function leaveOut(fault: unknown): false {
  if (isFhirRefusal(fault)) log.info('launch.context-not-judged', { because: fault.shape.because })
  else logFault('launch.context-fault', fault)
  return false
}

async function isReadable(
  type: string,
  id: string,
  { ehr, token }: { readonly ehr: Ehr; readonly token: TokenToBe },
): Promise<boolean> {
  if (!isOffered(type)) return false
  const facts = factsOf(token, { ehr, type, id })
  const decision = decide(facts)
  if (!decision.permit) return false
  return (await readResource(openCall(ehr, facts, decision), type, id)) !== undefined
}

/** The facts of a read by the token that is about to be made. That everything behind it stands was seen before. */
function factsOf(
  { standing, scopes, authTime, acr, now }: TokenToBe,
  asked: { readonly ehr: Ehr; readonly type: string; readonly id: string },
): AccessFacts & { readonly authority: StoredAuthority } {
  const { ehr, type, id } = asked
  const { appId, accountId, patientId, grantExpiresAt } = standing
  return {
    now,
    asked: { ehrId: ehr.id, interaction: 'read', type, id, patientId: undefined, categories: [] },
    stepUpRules: ehr.stepUp,
    token: {
      jti: '',
      sub: accountId,
      clientId: appId,
      patient: patientId,
      expiresAt: grantExpiresAt,
      acr: acr ?? undefined,
      authTime: authTime ?? undefined,
    },
    authority: {
      ...standing,
      scopes,
      tokenExpiresAt: grantExpiresAt,
      tokenRevokedAt: null,
      familyEndedAt: null,
      visitEndsAt: null,
      appExists: standing.isAppAlive,
      appOrigins: [],
      isNonceRequired: false,
      isAppPaused: false,
      isEhrPaused: false,
    },
  }
}

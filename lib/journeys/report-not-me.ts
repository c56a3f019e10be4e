import { db } from '@/lib/db/database'
import { requestContext } from '@/lib/http/request-context'
import { alertLinkOnHold } from '@/lib/journeys/alert-link-on-hold'
import { parseCode } from '@/lib/linking/activation-code'
import { suspendLink } from '@/lib/linking/change-link'
import { consumeRepudiation } from '@/lib/linking/repudiations'
import { networkOf, takeHit } from '@/lib/rate-limit/rate-limit'

/**
 * "This was not me", from a notice and without a sign-in: suspends the one link the number names, at once. By POST
 * only, for mail scanners follow links. The answer is the same whether the number was good. (NIST SP 800-63A-4 §3.10)
 */
export async function reportNotMe(typed: string, now: Date): Promise<'received' | 'malformed' | 'limited'> {
  const number = parseCode(typed)
  if (!number) return 'malformed'
  return db().$transaction(async (tx) => {
    const network = networkOf(requestContext().clientAddress)
    const state = await takeHit(tx, 'repudiationsPerNetwork', network, now)
    if (!state.allowed) return 'limited'
    const linkId = await consumeRepudiation(tx, number, now)
    const suspended =
      linkId && (await suspendLink(tx, linkId, { why: 'not-me', actor: { kind: 'anonymous' }, now }))
    if (suspended) await alertLinkOnHold(tx, linkId, now)
    return 'received'
  })
}

import { randomToken, sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'

/** What a challenge was made for. */
export type ChallengePurpose = 'register' | 'authenticate'

const lifetimeSeconds = 5 * 60

/** A challenge for this session and purpose: 256 random bits, good for five minutes and one answer. */
export async function issueChallenge(
  session: { readonly id: string },
  purpose: ChallengePurpose,
  now: Date,
): Promise<string> {
  const challenge = randomToken()
  await db().passkeyChallenge.create({
    data: {
      digest: sha256(challenge),
      sessionId: session.id,
      purpose,
      expiresAt: addSeconds(now, lifetimeSeconds),
    },
  })
  return challenge
}

/** Spends the challenge an answer was signed over. False: not ours, another session's or purpose's, old, or used. */
export async function consumeChallenge(
  challenge: string,
  session: { readonly id: string },
  { purpose, now }: { readonly purpose: ChallengePurpose; readonly now: Date },
): Promise<boolean> {
  const { count } = await db().passkeyChallenge.updateMany({
    where: {
      digest: sha256(challenge),
      sessionId: session.id,
      purpose,
      spentAt: null,
      expiresAt: { gt: now },
    },
    data: { spentAt: now },
  })
  return count === 1
}

import { z } from 'zod'

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const number = z.string().regex(/^[A-Za-z0-9_-]+$/)
const kid = z.string().min(1).max(200)
const use = z.literal('sig').exactOptional()

/** A modulus of 2,048 bits is 342 characters; less is broken (RFC 7518 §3.3). */
const modulus = number.min(342, 'is an RSA key of less than 2048 bits')

const bareKey = z.discriminatedUnion('kty', [
  z.looseObject({ kty: z.literal('EC'), kid, crv: z.string(), x: number, y: number, use }),
  z.looseObject({ kty: z.literal('RSA'), kid, n: modulus, e: number, use }),
])

/** One public key of a client: bare material, named by `kid` (SMART App Launch 2.2, asymmetric authentication). */
export const publicJwk = bareKey.refine((jwk) => !holdsPrivateKey(jwk), 'holds a private key')

/** A client's keys by value: public only, each with a `kid` of its own. */
export const publicJwks = z.object({
  keys: z
    .array(publicJwk)
    .min(1)
    .max(20)
    .refine((keys) => new Set(keys.map((key) => key.kid)).size === keys.length, 'kid is not unique'),
})

export type PublicJwk = z.infer<typeof publicJwk>

/** Whether a key has members that only its owner may know. */
export function holdsPrivateKey(jwk: object): boolean {
  return privateMembers.some((name) => name in jwk)
}

import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { randomToken } from '@/lib/crypto/digest'
import { epochSeconds, now } from '@/lib/time/clock'

/** What a proof says; changes to it make wrong ones. */
export type ProofWish = {
  readonly htm?: string
  readonly htu: string
  readonly accessToken?: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

/** A client that holds a key and proves it. */
export type DpopClient = { readonly jkt: string; readonly jwk: JWK; prove(wish: ProofWish): Promise<string> }

/** Makes a client with a key of its own. */
export async function createDpopClient(alg = 'ES256'): Promise<DpopClient> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(pair.publicKey)
  return {
    jwk,
    jkt: await calculateJwkThumbprint(jwk, 'sha256'),
    prove: ({ htm = 'POST', htu, accessToken, claims = {}, header = {} }) =>
      new SignJWT({
        jti: randomToken(),
        htm,
        htu,
        iat: epochSeconds(now()),
        ...(accessToken === undefined ? {} : { ath: hashOf(accessToken) }),
        ...claims,
      })
        .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk, ...header })
        .sign(pair.privateKey),
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

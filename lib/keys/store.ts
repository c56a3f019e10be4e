import { createPrivateKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { z } from 'zod'
import { seal, unseal } from '@/lib/crypto/seal'
import { db, type Tx } from '@/lib/db/database'
import { algorithms, type PublishedKey, rereadSeconds, type SigningAlgorithm } from '@/lib/keys/lifecycle'
import { once } from '@/lib/process/once'

type Snapshot = { readonly readAt: number; readonly keys: Promise<readonly PublishedKey[]> }
type Cache = {
  snapshot: Snapshot | undefined
  readonly signers: Map<string, Promise<KeyObject>>
  readonly verifiers: Map<string, Promise<CryptoKey>>
}

const rowSchema = z.object({
  algorithm: z.enum(algorithms),
  status: z.enum(['next', 'active', 'retiring', 'gone']),
  publicJwk: z.looseObject({
    kty: z.enum(['EC', 'RSA']),
    kid: z.string(),
    alg: z.enum(algorithms),
    use: z.literal('sig'),
  }),
})

/** Published keys (next, active, retiring), read again when this process's copy is older than `rereadSeconds`. */
export function listPublishedKeys(): Promise<readonly PublishedKey[]> {
  const cached = cache()
  const seen = cached.snapshot
  if (seen && performance.now() - seen.readAt < rereadSeconds * 1000) return seen.keys
  const keys = readPublishedKeys()
  cached.snapshot = { readAt: performance.now(), keys }
  keys.catch(() => {
    if (cached.snapshot?.keys === keys) cached.snapshot = undefined
  })
  return keys
}

/** Stands for the copy of the published keys that this process goes by now; undefined when they are to be read again. */
export function publishedKeysNow(): object | undefined {
  const seen = cache().snapshot
  return seen && performance.now() - seen.readAt < rereadSeconds * 1000 ? seen : undefined
}

/** Makes this process read the keys again at the next use: after it changed them itself. */
export function forgetPublishedKeys(): void {
  cache().snapshot = undefined
}

/** The private half, imported once per kid. @throws Error when no configured secret opens it */
export function getSigner(key: PublishedKey): Promise<KeyObject> {
  return imported(cache().signers, key.kid, async () => {
    const { sealedPrivate } = await db().signingKey.findUniqueOrThrow({
      where: { id: key.kid },
      select: { sealedPrivate: true },
    })
    const opened = unseal(sealedPrivate, sealContext(key.kid))
    if (!opened)
      throw Object.assign(new Error('A signing key cannot be opened with the configured secrets.'), {
        code: 'key-sealed',
      })
    const jwk = z.record(z.string(), z.string()).parse(JSON.parse(opened))
    return createPrivateKey({ key: jwk, format: 'jwk' })
  })
}

/** The public half for verifying, imported once per kid. */
export function getVerifier(key: PublishedKey): Promise<CryptoKey> {
  return imported(cache().verifiers, key.kid, async () =>
    asCryptoKey(await importJWK(key.publicJwk, key.algorithm)),
  )
}

/**
 * Makes a key pair and writes it with the private half sealed. @returns its kid (RFC 7638 thumbprint), or undefined when
 * there is such a key already: a partial unique index allows one active and one next per algorithm.
 */
export async function insertKey(
  tx: Tx,
  algorithm: SigningAlgorithm,
  options: { readonly status: 'next' | 'active'; readonly pair: KeyPair; readonly now: Date },
): Promise<string | undefined> {
  const { pair, status, now } = options
  const kid = pair.publicJwk.kid
  const { count } = await tx.signingKey.createMany({
    data: [
      {
        id: kid,
        algorithm,
        status,
        publicJwk: { ...pair.publicJwk },
        sealedPrivate: seal(pair.privateJwk, sealContext(kid)),
        createdAt: now,
        activatedAt: status === 'active' ? now : null,
      },
    ],
    skipDuplicates: true,
  })
  return count === 1 ? kid : undefined
}

/** A fresh pair, the private half as JSON. Made outside any transaction: RSA takes a while. */
export type KeyPair = { readonly publicJwk: JWK & { readonly kid: string }; readonly privateJwk: string }

/** Generates a pair: P-256 or RSA 2048. */
export async function generatePair(algorithm: SigningAlgorithm): Promise<KeyPair> {
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })
  const bare = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(bare)
  return {
    publicJwk: { ...bare, kid, alg: algorithm, use: 'sig' },
    privateJwk: JSON.stringify(await exportJWK(pair.privateKey)),
  }
}

async function readPublishedKeys(): Promise<readonly PublishedKey[]> {
  const rows = await db().signingKey.findMany({
    where: { status: { in: ['next', 'active', 'retiring'] } },
    orderBy: [{ algorithm: 'asc' }, { createdAt: 'desc' }],
    omit: { sealedPrivate: true },
  })
  return rows.map((row) => ({
    ...rowSchema.parse(row),
    kid: row.id,
    createdAt: row.createdAt,
    activatedAt: row.activatedAt,
    retiredAt: row.retiredAt,
  }))
}

function imported<K>(keys: Map<string, Promise<K>>, kid: string, load: () => Promise<K>): Promise<K> {
  const known = keys.get(kid)
  if (known) return known
  const loading = load()
  keys.set(kid, loading)
  loading.catch(() => keys.delete(kid))
  return loading
}

function asCryptoKey(key: CryptoKey | Uint8Array): CryptoKey {
  if (key instanceof Uint8Array) throw new Error('not an asymmetric key')
  return key
}

function cache(): Cache {
  return once<Cache>('signing-keys', () => ({
    snapshot: undefined,
    signers: new Map(),
    verifiers: new Map(),
  }))
}

function sealContext(kid: string): string {
  return `signing-key:${kid}`
}

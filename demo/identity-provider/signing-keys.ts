import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { z } from 'zod'
import { type IssuerKey, issuers } from './issuers'

const storedKeys = z.object({
  cookieKeys: z.array(z.string().min(32)).min(1),
  signing: z.record(z.string(), z.looseObject({ kty: z.literal('RSA'), kid: z.string(), n: z.string() })),
})

/** Private keys of the process: one RSA key per issuer, so that no issuer's token verifies at another. */
export type IdentityProviderKeys = {
  readonly cookieKeys: readonly string[]
  readonly signing: Readonly<Record<IssuerKey, JWK>>
}

/** Reads the keys kept in the folder, or makes and keeps new ones. Without a folder they live as long as the process. */
export async function loadKeys(dataDir: string | undefined): Promise<IdentityProviderKeys> {
  if (dataDir === undefined) return makeKeys()
  const file = join(dataDir, 'identity-provider-keys.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return readKeys(text)
  const keys = await makeKeys()
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, JSON.stringify(keys), { mode: 0o600 })
  await rename(`${file}.new`, file)
  return keys
}

function readKeys(text: string): IdentityProviderKeys {
  const { cookieKeys, signing } = storedKeys.parse(JSON.parse(text))
  const keyOf = (issuer: IssuerKey): JWK => {
    const key = signing[issuer]
    if (!key) throw new Error(`identity-provider-keys.json has no key for ${issuer}`)
    return key
  }
  return {
    cookieKeys,
    signing: {
      sunrise: keyOf('sunrise'),
      northwind: keyOf('northwind'),
      'harbor-staff': keyOf('harbor-staff'),
    },
  }
}

async function makeKeys(): Promise<IdentityProviderKeys> {
  const made = await Promise.all(issuers.map(async ({ key }) => [key, await makeSigningKey()] as const))
  return {
    cookieKeys: [randomBytes(32).toString('base64url')],
    signing: Object.fromEntries(made) as Record<IssuerKey, JWK>,
  }
}

/** An RS256 private key as a JWK, with a random `kid`. */
export async function makeSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    ...(await exportJWK(privateKey)),
    kid: randomBytes(8).toString('base64url'),
    alg: 'RS256',
    use: 'sig',
  }
}

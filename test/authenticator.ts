import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { config } from '@/lib/config/config'

/** What an answer gets wrong. */
type Deviation = { readonly origin?: string; readonly flags?: number }

/** As much of an authenticator as the pages ask for. */
export type Authenticator = {
  readonly id: string
  create(challenge: string): unknown
  get(challenge: string, deviation?: Deviation): unknown
}

/** An authenticator in software: one ES256 key, attestation `none`. */
export function makeAuthenticator(id = randomBytes(32).toString('base64url')): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let counter = 0
  const header = (flags: number): Buffer => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(++counter)
    const rp = createHash('sha256').update(new URL(config().issuer).hostname).digest()
    return Buffer.concat([rp, Buffer.from([flags]), count])
  }
  const credential = (response: Record<string, string>): unknown => ({
    id,
    rawId: id,
    type: 'public-key',
    response,
    clientExtensionResults: {},
  })
  return {
    id,
    create: (challenge) => {
      const attestation = new Map<string, string | Map<string, string> | Uint8Array>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(Buffer.concat([header(0x45), attestedData(id, publicKey)]))],
      ])
      return credential({
        clientDataJSON: clientData('webauthn.create', challenge, {}).toString('base64url'),
        attestationObject: Buffer.from(isoCBOR.encode(attestation)).toString('base64url'),
      })
    },
    get: (challenge, deviation = {}) => {
      const authData = header(deviation.flags ?? 0x05)
      const client = clientData('webauthn.get', challenge, deviation)
      const signed = Buffer.concat([authData, createHash('sha256').update(client).digest()])
      return credential({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: createSign('sha256').update(signed).sign(privateKey).toString('base64url'),
      })
    },
  }
}

/** Attested credential data (WebAuthn L3 §6.5.1) with an ES256 COSE key. */
function attestedData(credentialId: string, publicKey: KeyObject): Buffer {
  const id = Buffer.from(credentialId, 'base64url')
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const key: [number, number | Uint8Array][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
    [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
  ]
  const length = Buffer.from([id.length >> 8, id.length & 0xff])
  return Buffer.concat([Buffer.alloc(16), length, id, isoCBOR.encode(new Map(key))])
}

function clientData(type: string, challenge: string, { origin = config().issuer }: Deviation): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}

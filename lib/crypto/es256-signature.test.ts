import { generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { plainSignature, signEs256 } from '@/lib/crypto/es256-signature'

test('every ES256 signature is 64 bytes that verify, also where R or S begins with zeros', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let shortOnes = 0
  for (let index = 0; index < 2_000; index += 1) {
    const bytes = Buffer.from(`claims ${index}`)
    const signature = signEs256(bytes, privateKey)
    if (signature[0] === 0 || signature[32] === 0) shortOnes += 1
    expect(signature).toHaveLength(64)
    expect(verify('sha256', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
  }
  expect(shortOnes).toBeGreaterThan(0)
})

test('numbers keep their places: a short one is filled up in front, the sign of a long one is left out', () => {
  const long = Buffer.alloc(32, 0x80)
  const der = Buffer.from([0x30, 38, 0x02, 1, 7, 0x02, 33, 0, ...long])
  expect(plainSignature(der)).toEqual(Buffer.concat([Buffer.alloc(31), Buffer.from([7]), long]))
})

test('what is no DER signature over P-256 gives none', () => {
  const der = [0x30, 6, 0x02, 1, 7, 0x02, 1, 9]
  const wrong = [
    [],
    der.slice(0, 7),
    [...der, 0],
    [0x31, ...der.slice(1)],
    [0x30, 6, 0x03, 1, 7, 0x02, 1, 9],
    [0x30, 6, 0x02, 1, 7, 0x02, 2, 9],
    [0x30, 7, ...der.slice(2), 0],
    [0x30, 38, 0x02, 33, ...Buffer.alloc(33, 1), 0x02, 1, 9],
  ]
  expect(plainSignature(Buffer.from(der))).toHaveLength(64)
  for (const bytes of wrong)
    expect(() => plainSignature(Buffer.from(bytes)), String(bytes)).toThrow(RangeError)
})

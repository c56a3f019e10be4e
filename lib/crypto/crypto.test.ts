import { beforeEach, expect, test } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { hmac } from '@/lib/crypto/digest'
import { currentKey } from '@/lib/crypto/keys'
import { seal, unseal } from '@/lib/crypto/seal'
import { forgetOnce } from '@/lib/process/once'
import { testConfig, testSecret } from '@/test/test-config'

const other = 'another-secret-0123456789abcdefgh'

function useSecrets(secrets: string): void {
  for (const purpose of ['seal', 'code-pepper']) forgetOnce(`keys.${purpose}`)
  setConfig(testConfig({ VESTIBULE_SECRETS: secrets }))
}
beforeEach(() => useSecrets(testSecret))

test('what is sealed opens again, also after a new secret was put in front', () => {
  const sealed = seal('maya@example.org', 'notice:1')
  useSecrets(`${other},${testSecret}`)
  expect(unseal(sealed, 'notice:1')).toBe('maya@example.org')
})

test('a sealed value moved to another row, altered, or whose secret is gone does not open', () => {
  const sealed = seal('maya@example.org', 'notice:1')
  expect(unseal(sealed, 'notice:2')).toBeUndefined()
  expect(
    unseal(
      sealed.map((byte, index) => (index === 33 ? byte ^ 1 : byte)),
      'notice:1',
    ),
  ).toBeUndefined()
  useSecrets(other)
  expect(unseal(sealed, 'notice:1')).toBeUndefined()
})

test('every purpose has a key of its own', () => {
  expect(currentKey('seal').key).not.toEqual(currentKey('code-pepper').key)
})

test('an HMAC is that of RFC 4231, however often its key was used, and another key gives another', () => {
  const [key, other] = [Buffer.from('Jefe'), Buffer.from('Jefo')]
  const digest = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  for (const _ of [1, 2])
    expect(Buffer.from(hmac('what do ya want for nothing?', key)).toString('hex')).toBe(digest)
  expect(Buffer.from(hmac('what do ya want for nothing?', other)).toString('hex')).not.toBe(digest)
})

import { beforeEach, expect, test } from 'vitest'
import { setConfig } from '@/lib/config/config'
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

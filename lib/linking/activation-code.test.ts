import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { setConfig } from '@/lib/config/config'
import {
  digestBirthDate,
  digestCode,
  formatCode,
  listCodeDigests,
  newCode,
  parseCode,
} from '@/lib/linking/activation-code'
import { compareDemographics, digestDemographics } from '@/lib/linking/demographics'
import { forgetOnce } from '@/lib/process/once'
import { testConfig, testSecret } from '@/test/test-config'

const newSecret = 'another-secret-of-the-tests-0123456789'

function useSecrets(...secrets: readonly string[]): void {
  setConfig(testConfig({ VESTIBULE_SECRETS: secrets.join(',') }))
  for (const purpose of ['code-pepper', 'evidence']) forgetOnce(`keys.${purpose}`)
}

beforeAll(() => useSecrets(testSecret))

describe('a code reads one way, however it was copied', () => {
  it('has 15 characters of Crockford’s alphabet and is printed in three groups', () => {
    expect(newCode()).toMatch(/^[0-9A-HJKMNP-TV-Z]{15}$/)
    expect(formatCode('0123456789ABCDE')).toBe('01234-56789-ABCDE')
  })

  it('is the same in lower case, with spaces, with any dash, with O for 0 and I or L for 1', () => {
    const decorate = fc.constantFrom('', ' ', '-', '–', '—', '\u00a0', '_', '.')
    fc.assert(
      fc.property(fc.array(decorate, { minLength: 15, maxLength: 15 }), fc.boolean(), (between, isLower) => {
        const code = newCode()
        const typed = [...code]
          .map((character, at) =>
            character === '0' ? 'o' : character === '1' ? (at % 2 ? 'l' : 'I') : character,
          )
          .map((character, at) => `${character}${between[at]}`)
          .join('')
        return parseCode(isLower ? typed.toLowerCase() : typed) === code
      }),
    )
  })

  it.each(['', '01234-56789-ABCD', '01234-56789-ABCDEF', '01234-56789-ABCDU', '01234-56789-ABCD*'])(
    'is not read from %j',
    (typed) => {
      expect(parseCode(typed)).toBeUndefined()
    },
  )
})

describe('a code is stored as a keyed digest', () => {
  it('is found again after a new secret was put in front, and not after its own is gone', () => {
    useSecrets(testSecret)
    const stored = digestCode('0123456789ABCDE')
    const isFound = () =>
      listCodeDigests('0123456789ABCDE').some((one) => Buffer.from(one.digest).equals(stored.digest))
    useSecrets(newSecret, testSecret)
    expect(isFound()).toBe(true)
    expect(digestBirthDate('1988-03-14', stored)).toBeDefined()
    useSecrets(newSecret)
    expect(isFound()).toBe(false)
    expect(digestBirthDate('1988-03-14', stored)).toBeUndefined()
    useSecrets(testSecret)
  })

  it('gives equal birth dates of two codes different digests', () => {
    const [a, b] = [digestCode(newCode()), digestCode(newCode())]
    expect(digestBirthDate('1988-03-14', a)).not.toEqual(digestBirthDate('1988-03-14', b))
  })
})

describe('[A10] a record that now describes someone else is noticed', () => {
  const maya = { birthDate: '1988-03-14', names: [{ family: 'Rivera', given: 'Maya' }] }
  const compare = (changed: Partial<typeof maya>) =>
    compareDemographics({ ...maya, ...changed }, digestDemographics(maya))

  it('takes a new family name, other accents and other case for the same person', () => {
    expect(compare({})).toBe('same')
    expect(compare({ names: [{ family: 'RIVÉRA', given: 'maya' }] })).toBe('same')
    expect(compare({ names: [{ family: 'Rivera-Stone', given: 'Maya' }] })).toBe('small')
  })

  it('takes another birth date, or both names changed, for someone else', () => {
    expect(compare({ birthDate: '1991-03-14' })).toBe('large')
    expect(compare({ names: [{ family: 'Okafor', given: 'Daniel' }] })).toBe('large')
  })

  it('says so when it cannot tell any more', () => {
    expect(compareDemographics(maya, new Uint8Array(32))).toBe('unknown')
  })
})

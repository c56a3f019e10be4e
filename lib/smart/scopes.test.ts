import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { messagesOf, translator } from '@/lib/language/translate'
import {
  allowedScopes,
  type ConsentItemId,
  consentTree,
  describeScopes,
  listItems,
} from '@/lib/smart/consent-items'
import { answerUri, isRegisteredRedirect } from '@/lib/smart/redirect-uri'
import { areCovered, categories, listSupportedScopes, negotiateScopes, servedTypes } from '@/lib/smart/scopes'
import { testConfig } from '@/test/test-config'

setConfig(testConfig())
const all = ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs']
const laboratory = `patient/Observation.rs?${categories['Observation/laboratory']}`

describe('negotiation of scopes', () => {
  it.each([
    ['a v1 scope keeps its spelling', 'patient/Observation.read', all, ['patient/Observation.read']],
    ['writing is not given: narrowed to reading', 'patient/Patient.*', all, ['patient/Patient.rs']],
    ['writing alone is dropped', 'patient/Patient.write patient/Patient.cud', all, []],
    ['letters out of order are dropped', 'patient/Patient.sr patient/Patient.rrs patient/Patient.', all, []],
    ['.rd is read and delete, not .read', 'patient/Patient.rd', all, ['patient/Patient.r']],
    ['case is kept', 'Patient/Patient.rs patient/patient.rs', all, []],
    ['other levels are not for people', 'user/Patient.rs system/Patient.rs', all, []],
    ['what is not served is dropped', 'patient/Device.rs patient/ServiceRequest.rs', all, []],
    ['unknown words are dropped', 'openid profile email online_access launch', all, ['openid']],
    ['fhirUser needs openid', 'fhirUser patient/Patient.rs', all, ['patient/Patient.rs']],
    ['twice is once', 'openid openid', all, ['openid']],
    [
      'a wildcard is narrowed to what is registered',
      'patient/*.read',
      ['patient/Patient.rs'],
      ['patient/Patient.rs'],
    ],
    ['search alone stays search alone', 'patient/Patient.rs', ['patient/Patient.s'], ['patient/Patient.s']],
    [
      'two registered halves are the whole',
      'patient/Patient.rs',
      ['patient/Patient.r', 'patient/Patient.s'],
      ['patient/Patient.rs'],
    ],
    ['a category is kept as asked', laboratory, all, [laboratory]],
    ['a registered category narrows', 'patient/Observation.read', [laboratory], [laboratory]],
    [
      'modifiers and chains are not given',
      'patient/Observation.rs?code:in=x patient/Observation.rs?patient.name=x',
      all,
      [],
    ],
    ['unknown categories are not given', 'patient/Observation.rs?category=a|b', all, []],
    ['not registered, not given', 'openid offline_access patient/Patient.rs', ['openid'], ['openid']],
  ])('[S21] %s', (_, requested, registered, granted) => {
    expect(negotiateScopes(requested, registered)).toEqual(granted)
  })

  it('[D12] every scope that discovery lists is given to an app registered for it', () => {
    for (const scope of listSupportedScopes())
      if (scope !== 'fhirUser') expect(negotiateScopes(scope, listSupportedScopes())).toEqual([scope])
  })

  it('[6749-6] a narrower list is covered, a wider one never', () => {
    expect(areCovered(['patient/Patient.r'], ['patient/*.rs'])).toBe(true)
    expect(areCovered(['patient/Patient.read'], ['patient/Patient.rs'])).toBe(true)
    expect(areCovered([laboratory], ['patient/Observation.rs'])).toBe(true)
    expect(areCovered(['patient/Observation.rs'], [laboratory])).toBe(false)
    expect(areCovered(['patient/*.rs'], ['patient/Patient.rs'])).toBe(false)
    expect(areCovered(['patient/Patient.rs'], ['patient/Patient.r'])).toBe(false)
    expect(areCovered(['user/Patient.rs'], ['patient/Patient.rs'])).toBe(false)
    expect(areCovered(['openid'], ['patient/*.rs'])).toBe(false)
  })

  it('whatever is asked, nothing beyond the registration comes out', () => {
    const word = fc.constantFrom(
      'patient/',
      'user/',
      '*',
      'Observation',
      'Patient',
      '.',
      'r',
      's',
      'cruds',
      'read',
      '?',
      'category=',
      laboratory,
      'openid',
      ' ',
    )
    const asked = fc.array(word, { maxLength: 12 }).map((words) => words.join(''))
    const registered = ['openid', 'patient/Patient.r', laboratory]
    fc.assert(
      fc.property(asked, (text) => areCovered(negotiateScopes(text, registered), registered)),
      { numRuns: 2_000 },
    )
  })
})

describe('ticks', () => {
  const ask = [...all.slice(0, 4), 'patient/*.rs']
  const items = listItems(consentTree(ask))
  const allow = (without: readonly ConsentItemId[], asked = ask) =>
    allowedScopes(
      asked,
      consentTree(asked),
      new Set(listItems(consentTree(asked)).filter((id) => !without.includes(id))),
    )

  it('[S8] a wildcard is shown kind by kind, with kinds to come, and given whole only if nothing is unticked', () => {
    expect(items).toContain('later')
    expect(items).toContain('Observation/laboratory')
    expect(allow([])).toEqual(ask)
    const rest = allow(['Condition'])
    expect(rest).not.toContain('patient/*.rs')
    expect(rest).not.toContain('patient/Condition.rs')
    expect(rest).toContain('patient/Observation.rs')
    expect(allow(['later'])).toEqual(expect.arrayContaining(servedTypes.map((type) => `patient/${type}.rs`)))
  })

  it('access while away, alone, is nothing', () => {
    expect(allow(items.filter((id) => id !== 'offline'))).toEqual([])
  })

  it('any set of ticks gives a part of what was asked', () => {
    fc.assert(
      fc.property(fc.subarray([...items]), (without) => areCovered(allow(without), ask)),
      { numRuns: 500 },
    )
  })

  it('an item asked for twice has one tick for both', () => {
    const asked = ['patient/Condition.read', 'patient/*.rs']
    expect(allow(['Condition'], asked).filter((scope) => scope.includes('Condition'))).toEqual([])
  })

  it('[Q2] every item has words in every language', () => {
    for (const language of ['en', 'es'] as const) {
      const words = describeScopes(ask, translator(language))
      expect(words).toHaveLength(items.length)
      expect(words.every((text) => !text.includes('consent.item'))).toBe(true)
      expect(Object.keys(messagesOf(language).consent)).toEqual(Object.keys(messagesOf('en').consent))
    }
  })
})

describe('redirects', () => {
  it('[8252] IPv6 loopback and a port that was registered', () => {
    expect(isRegisteredRedirect('http://[::1]:4000/cb', ['http://[::1]/cb'])).toBe(true)
    expect(isRegisteredRedirect('http://127.0.0.1:4000/cb', ['http://127.0.0.1:9/cb'])).toBe(true)
    expect(isRegisteredRedirect('http://127.0.0.1:4000/cb?x', ['http://127.0.0.1/cb'])).toBe(false)
    expect(isRegisteredRedirect('http://[::1]:4000/cb', ['http://127.0.0.1/cb'])).toBe(false)
  })

  it('[6749-3.1.2] the query of a redirect URI stays, values are encoded', () => {
    expect(answerUri('https://a.example/cb', { state: 'a&b=c #', gone: undefined })).toBe(
      'https://a.example/cb?state=a%26b%3Dc%20%23',
    )
    expect(answerUri('https://a.example/cb?x=1', { code: 'y' })).toBe('https://a.example/cb?x=1&code=y')
    expect(answerUri('com.example.app:/cb', { code: 'y' })).toBe('com.example.app:/cb?code=y')
  })
})

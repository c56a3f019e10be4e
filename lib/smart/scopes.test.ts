import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { answerUri, isRegisteredRedirect } from '@/lib/smart/redirect-uri'
import {
  areCovered,
  categories,
  listNotOffered,
  listSupportedScopes,
  negotiateScopes,
} from '@/lib/smart/scopes'
import { testConfig } from '@/test/test-config'

setConfig(testConfig())
const all = ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs']
const both = ['openid', 'offline_access', 'online_access']
const away = ['openid', 'offline_access']
const unserved = 'patient/Observation.rs?category=http://codes.example|rare'
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
    [
      'one kind and one category of another',
      `${laboratory} patient/Condition.r`,
      all,
      [laboratory, 'patient/Condition.r'],
    ],
    ['a registered constraint that is not served gives nothing', 'patient/Observation.rs', [unserved], []],
    ['away holds the visit: one of them is asked', 'openid online_access offline_access', both, away],
    ['for the visit alone stays', 'openid online_access', both, ['openid', 'online_access']],
  ])('[S21] %s', (_, requested, registered, granted) => {
    expect(negotiateScopes(requested, registered)).toEqual(granted)
  })

  it('[S4] what is granted unchanged is echoed letter by letter, in the order asked, split or not', () => {
    const asked = ['patient/Patient.s', 'patient/Patient.r', 'patient/Condition.read', laboratory, 'openid']
    expect(negotiateScopes(asked.join(' '), all)).toEqual(asked)
  })

  it('[S3] what is malformed is dropped and leaves the rest as it was', () => {
    const malformed = [
      'patient/Patient.sr',
      'patient/Observation.rs?',
      'patient/Condition.read?category=x',
      'patient/',
    ]
    expect(negotiateScopes([...malformed, 'openid', ...malformed].join(' '), all)).toEqual(['openid'])
  })

  it('[S7] modifiers, chains and filters are never given, registered or not', () => {
    for (const constraint of ['code:in=x', 'patient.birthdate=2000', '_filter=x', 'category:not=a|b']) {
      const scope = `patient/Observation.rs?${constraint}`
      expect(negotiateScopes(scope, all)).toEqual([])
      expect(negotiateScopes(`${scope} patient/Observation.rs`, [scope])).toEqual([])
    }
  })

  it('[S20] a scope spelled as a URI is unknown, not half understood', () => {
    const spelled = all.map((scope) => `http://smarthealthit.org/fhir/scopes/${scope}`)
    expect(negotiateScopes(spelled.join(' '), [...all, ...spelled])).toEqual([])
  })

  it('[S9] nothing to give is an empty list, which is never granted', () => {
    expect(negotiateScopes('user/Patient.rs system/*.rs launch/encounter', all)).toEqual([])
  })

  it.each([
    ['user/ of version 1', 'user/Patient.read', ['user/ scopes']],
    ['user/ of version 1 with a star', 'user/*.*', ['user/ scopes']],
    ['user/ that writes', 'user/*.cud', ['user/ scopes']],
    ['user/ of version 2 with a category', `user/${laboratory.slice('patient/'.length)}`, ['user/ scopes']],
    ['system/', 'system/*.rs', ['system/ scopes']],
    ['an encounter', 'launch/encounter', ['launch/encounter']],
    ['an encounter with a role', 'launch/encounter?role=https://a.example/r', ['launch/encounter']],
    [
      'all of them, each named once and in one order',
      'launch/encounter system/*.rs user/Patient.rs user/*.read',
      ['user/ scopes', 'system/ scopes', 'launch/encounter'],
    ],
    [
      'nothing for what is malformed',
      'user/Patient.sr user/ User/Patient.rs system/x.rs launch/encounters',
      [],
    ],
    ['nothing for what a patient may give', all.join(' '), []],
  ])('[S10][S3] what is not offered is known by name, in any company: %s', (_, asked, names) => {
    for (const list of [asked, `openid ${asked}`, `${asked} ${all.join(' ')}`])
      expect(listNotOffered(list, { isLaunched: false })).toEqual(names)
  })

  it('[L4] beside a portal’s launch an encounter is a hint, and nothing else is', () => {
    const asked = 'launch launch/encounter user/Patient.rs system/*.rs'
    expect(listNotOffered(asked, { isLaunched: true })).toEqual(['user/ scopes', 'system/ scopes'])
    expect(listNotOffered('launch launch/encounter openid', { isLaunched: true })).toEqual([])
  })

  it('[D12] every scope that discovery lists is given to an app registered for it', () => {
    for (const scope of listSupportedScopes().filter((one) => one !== 'fhirUser'))
      expect(negotiateScopes(scope, listSupportedScopes())).toEqual([scope])
    expect(negotiateScopes('openid fhirUser', listSupportedScopes())).toEqual(['openid', 'fhirUser'])
    expect(listSupportedScopes().filter((scope) => /^(user|system)\//.test(scope))).toEqual([])
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

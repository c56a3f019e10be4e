import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, type RefusalReason } from '@/lib/access/decide'
import { explainRefusal } from '@/lib/access/explain-decision'
import type { AccessFacts, StoredAuthority } from '@/lib/access/facts'
import en from '@/messages/en.json'
import es from '@/messages/es.json'

const now = new Date('2026-06-10T12:00:00Z')
const later = new Date('2026-06-10T12:10:00Z')
const before = new Date('2026-06-10T11:00:00Z')

const authority: StoredAuthority = {
  appId: 'app',
  scopes: ['patient/Observation.rs', 'patient/Patient.r'],
  tokenExpiresAt: later,
  tokenRevokedAt: null,
  familyEndedAt: null,
  visitEndsAt: null,
  grantId: 'grant',
  grantEndedAt: null,
  grantExpiresAt: later,
  accountId: 'account',
  accountEndedAt: null,
  ehrId: 'ehr',
  patientId: 'p1',
  linkId: 'link',
  linkStatus: 'active',
  linkLevel: 'L-code',
  linkMethod: 'activation-code',
  relationship: 'self',
  relatedPersonId: null,
  personId: null,
  appExists: true,
  appOrigins: [],
  isNonceRequired: false,
  isAppPaused: false,
  isEhrPaused: false,
}
const facts: AccessFacts = {
  now,
  asked: {
    ehrId: 'ehr',
    interaction: 'search',
    type: 'Observation',
    id: undefined,
    patientId: undefined,
    categories: [],
  },
  token: {
    jti: 'jti',
    sub: 'account',
    clientId: 'app',
    patient: 'p1',
    expiresAt: later,
    acr: 'urn:vestibule:acr:signed-in',
    authTime: before,
  },
  stepUpRules: [],
  authority,
}

type Change = {
  readonly authority?: Partial<StoredAuthority>
  readonly asked?: Partial<AccessFacts['asked']>
  readonly token?: Partial<AccessFacts['token']>
}
const with_ = (change: Change): AccessFacts => ({
  ...facts,
  asked: { ...facts.asked, ...change.asked },
  token: { ...facts.token, ...change.token },
  authority: { ...authority, ...change.authority },
})

const refused: readonly (readonly [string, Change, RefusalReason])[] = [
  ['its row has expired', { authority: { tokenExpiresAt: now } }, 'token-expired'],
  ['it says itself that it has expired', { token: { expiresAt: now } }, 'token-expired'],
  ['it is revoked', { authority: { tokenRevokedAt: before } }, 'token-revoked'],
  ['the visit it is for has ended', { authority: { visitEndsAt: before } }, 'token-revoked'],
  ['its family has ended', { authority: { familyEndedAt: before } }, 'token-revoked'],
  ['it names another app', { token: { clientId: 'other' } }, 'token-mismatch'],
  ['it names another patient', { token: { patient: 'p2' } }, 'token-mismatch'],
  ['it is for another EHR', { asked: { ehrId: 'other' } }, 'token-mismatch'],
  ['its app is gone', { authority: { appExists: false } }, 'app-removed'],
  ['its app is paused', { authority: { isAppPaused: true } }, 'app-paused'],
  ['the EHR is paused', { authority: { isEhrPaused: true } }, 'ehr-paused'],
  ['the grant has ended', { authority: { grantEndedAt: before } }, 'grant-ended'],
  ['the grant runs out at this instant', { authority: { grantExpiresAt: now } }, 'grant-ended'],
  ['the account has ended', { authority: { accountEndedAt: before } }, 'account-ended'],
  ['the link has ended', { authority: { linkStatus: 'ended' } }, 'link-ended'],
  ['the link is not of this grant', { authority: { linkStatus: 'mismatch' } }, 'link-ended'],
  ['the link’s status is unheard of', { authority: { linkStatus: 'odd' } }, 'link-ended'],
  ['the link is suspended', { authority: { linkStatus: 'suspended' } }, 'link-suspended'],
  ['a proxy is nobody at the EHR', { authority: { relationship: 'proxy' } }, 'link-ended'],
  ['no scope covers the type', { asked: { type: 'Condition' } }, 'out-of-scope'],
  ['no scope covers the interaction', { asked: { type: 'Patient' } }, 'out-of-scope'],
  ['another patient is named', { asked: { patientId: 'p2' } }, 'another-patient'],
]

describe('the decision', () => {
  it('permits what everything speaks for, with its obligations', () => {
    expect(decide(facts)).toMatchObject({
      permit: true,
      obligations: { patientId: 'p1', ehrScope: 'patient/Observation.rs', fhirUser: 'Patient/p1' },
    })
  })

  it('refuses a token without a row', () => {
    expect(decide({ ...facts, authority: undefined })).toEqual({ permit: false, because: 'token-unknown' })
  })

  it.each(refused)('refuses when %s', (_name, change, because) => {
    expect(decide(with_(change))).toEqual({ permit: false, because })
  })

  it('has a sentence for every refusal, in both languages', () => {
    for (const [, , because] of refused) {
      const key = explainRefusal(because).split('.')[1] ?? ''
      expect(Object.keys(en.access)).toContain(key)
      expect(Object.keys(es.access)).toContain(key)
    }
  })

  it('a second thing that is wrong never turns a refusal into a permit', () => {
    fc.assert(
      fc.property(fc.subarray([...refused], { minLength: 1 }), (several) => {
        const changes = several.map(([, change]) => change)
        const all = with_({
          authority: Object.assign({}, ...changes.map((change) => change.authority)),
          asked: Object.assign({}, ...changes.map((change) => change.asked)),
          token: Object.assign({}, ...changes.map((change) => change.token)),
        })
        // Two changes of one field may cancel each other only by leaving one of them in force.
        expect(decide(all).permit).toBe(false)
      }),
    )
  })

  it('asks the EHR as the person acting: the patient herself, or her representative', () => {
    const proxy = decide(with_({ authority: { relationship: 'proxy', relatedPersonId: 'r1' } }))
    expect(proxy).toMatchObject({ permit: true, obligations: { fhirUser: 'RelatedPerson/r1' } })
  })

  it('asks the EHR for no more than was granted', () => {
    const scopes = [
      'patient/Observation.s?category=a|b',
      'patient/Condition.rs',
      'openid',
      'patient/*.r',
      'user/*.rs',
    ]
    const decision = decide(with_({ authority: { scopes } }))
    expect(decision).toMatchObject({ obligations: { ehrScope: 'patient/Observation.rs?category=a|b' } })
  })
})

describe('[S16] who signed in', () => {
  const identity = ['openid', 'fhirUser']
  const proxy = { relationship: 'proxy', relatedPersonId: 'r1', personId: 'h1' }
  const asks = (
    type: string,
    id: string,
    authority: Partial<StoredAuthority> = {},
    interaction: 'read' | 'search' = 'read',
  ) => decide(with_({ asked: { type, id, interaction }, authority: { scopes: identity, ...authority } }))

  it('is read at the address of fhirUser, with nothing but openid and fhirUser', () => {
    for (const [type, id, change] of [
      ['Patient', 'p1', {}],
      ['RelatedPerson', 'r1', { ...proxy, personId: null }],
      ['RelatedPerson', 'r1', proxy],
      ['Person', 'h1', proxy],
    ] as const)
      expect(asks(type, id, change)).toMatchObject({
        permit: true,
        obligations: {
          ehrScope: `patient/${type}.rs`,
          fhirUser: change === proxy || type !== 'Patient' ? 'RelatedPerson/r1' : 'Patient/p1',
        },
      })
  })

  it('is nobody else: another id is as unknown as one that never was', () => {
    expect(asks('RelatedPerson', 'r2', proxy)).toEqual({ permit: false, because: 'another-person' })
    expect(asks('Person', 'h2', proxy)).toEqual({ permit: false, because: 'another-person' })
    expect(asks('Person', 'h1', { ...proxy, personId: null })).toEqual({
      permit: false,
      because: 'another-person',
    })
    expect(asks('RelatedPerson', 'r1')).toEqual({ permit: false, because: 'another-person' })
  })

  it('the chart that a proxy opens is not who they are: it needs a scope of its own', () => {
    expect(asks('Patient', 'p1', proxy)).toEqual({ permit: false, because: 'out-of-scope' })
    expect(asks('Patient', 'p2')).toEqual({ permit: false, because: 'out-of-scope' })
    expect(asks('Patient', 'p1', {}, 'search')).toEqual({ permit: false, because: 'out-of-scope' })
  })

  it('needs both scopes; a wildcard over the chart does not open a person', () => {
    for (const scopes of [['fhirUser'], ['openid'], ['openid', 'patient/*.rs'], ['patient/RelatedPerson.rs']])
      expect(asks('RelatedPerson', 'r1', { ...proxy, scopes })).toEqual({
        permit: false,
        because: 'out-of-scope',
      })
  })
})

import { describe, expect, it } from 'vitest'
import { judge } from '@/lib/access/judge'
import { findNeed, isSensitive, type StepUpRule, unmetRules } from '@/lib/access/step-up'
import { indexReleases } from '@/lib/release-policy/release-facts'
import { addSeconds } from '@/lib/time/clock'

const now = new Date('2026-06-10T12:00:00Z')
const system = 'http://terminology.hl7.org/CodeSystem/observation-category'
const survey: StepUpRule = {
  category: `${system}|survey`,
  acr: ['urn:vestibule:acr:passkey', 'urn:vestibule:acr:desk'],
  maxAgeSeconds: 600,
}
const conditions: StepUpRule = { type: 'Condition', acr: ['urn:vestibule:acr:desk'], maxAgeSeconds: 900 }
const anySignIn: StepUpRule = { type: 'Encounter', acr: ['urn:vestibule:acr:signed-in'], maxAgeSeconds: 300 }
const rules = [survey, conditions, anySignIn]
const categorised = (coding: Readonly<Record<string, string>>) => ({
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  subject: { reference: 'Patient/p1' },
  category: [{ coding: [coding] }],
})

describe('what a proof satisfies', () => {
  it('[9470] any sign-in will do where only its age is asked, and its age is asked of everything', () => {
    const at = addSeconds(now, -200)
    const left = (acr: string, authTime: Date | undefined = at) => unmetRules(rules, { acr, authTime }, now)
    expect(left('urn:vestibule:acr:signed-in')).toEqual([survey, conditions])
    expect(left('urn:vestibule:acr:desk')).toEqual([])
    expect(left('urn:vestibule:acr:desk', addSeconds(now, -700))).toEqual([survey, anySignIn])
    expect(unmetRules(rules, { acr: 'urn:vestibule:acr:desk', authTime: undefined }, now)).toEqual(rules)
  })

  it('[9470] a word that is not ours, or none, is no proof', () => {
    for (const acr of [undefined, '', 'desk', 'https://refeds.org/profile/mfa'])
      expect(unmetRules(rules, { acr, authTime: now }, now)).toEqual(rules)
  })

  it('[9470] of two rules that apply the challenge asks for what meets both', () => {
    const both = [{ ...survey, type: 'Condition' }, conditions]
    expect(findNeed(both, { type: 'Condition', categories: ['survey'] })).toEqual({
      acr: ['urn:vestibule:acr:desk'],
      maxAgeSeconds: 600,
    })
  })

  it('[W4] a search that names no such category is not challenged', () => {
    for (const categories of [
      [],
      ['laboratory'],
      [`${system}|laboratory`],
      ['http://other|survey'],
      ['surveys'],
    ])
      expect(findNeed(rules, { type: 'Observation', categories })).toBeUndefined()
  })
})

describe('what counts as sensitive', () => {
  it('[W4] is told by system and code, by a code whose system was left out, and by a plain code', () => {
    expect(isSensitive(categorised({ system, code: 'survey' }), rules)).toBe(true)
    expect(isSensitive(categorised({ code: 'survey' }), rules)).toBe(true)
    expect(isSensitive({ resourceType: 'AllergyIntolerance', category: ['survey'] }, rules)).toBe(true)
    expect(isSensitive(categorised({ system: 'http://other', code: 'survey' }), rules)).toBe(false)
    expect(isSensitive(categorised({ system, code: 'laboratory' }), rules)).toBe(false)
    expect(isSensitive({ resourceType: 'Observation', id: 'o1' }, rules)).toBe(false)
  })

  it('[W4] does not pass inside another resource either', () => {
    const report = {
      resourceType: 'DiagnosticReport',
      id: 'r1',
      status: 'final',
      subject: { reference: 'Patient/p1' },
      contained: [categorised({ system, code: 'survey' })],
    }
    const facts = {
      patientId: 'p1',
      policy: { kind: 'immediate' },
      clock: { now, timeZone: 'UTC' },
      releases: indexReleases([], []),
      bases: [],
    } as const
    expect(judge(report, { ...facts, unmetStepUps: [] })).toMatchObject({ shown: true })
    expect(judge(report, { ...facts, unmetStepUps: rules })).toEqual({ shown: false, because: 'contained' })
  })
})

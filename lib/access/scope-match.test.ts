import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWithinScopes, scopeForEhr, scopesFor } from '@/lib/access/scope-match'
import { parseClinicalScope } from '@/lib/fhir/clinical-scope'
import type { JsonObject } from '@/lib/fhir/json-value'
import { reaches } from '@/test/reference-scopes'

const types = ['Observation', 'Condition', 'Patient'] as const
const codes = ['laboratory', 'vital-signs', 'survey'] as const
const token = fc.oneof(
  fc.constantFrom(...codes),
  fc.constantFrom(...codes).map((code) => `https://codes.example|${code}`),
  fc.constantFrom('https://elsewhere.example|laboratory', 'laboratory%20x', 'unheard-of'),
)
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.array(token, { minLength: 1, maxLength: 2 }).map((tokens) => `?category=${tokens.join(',')}`),
  fc.tuple(token, token).map(([a, b]) => `?category=${a}&category=${b}`),
  fc.constantFrom('?unheard-of=1', '?category:not=survey', '?category=survey&_filter=x', '?category='),
)
const scope = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('patient', 'user', 'system'),
      fc.constantFrom(...types, '*'),
      fc.constantFrom('r', 's', 'rs', 'cruds', 'cud', 'rd', 'sr'),
      query,
    )
    .map(([level, type, permission, rest]) => `${level}/${type}.${permission}${rest}`),
  fc
    .tuple(fc.constantFrom(...types, '*'), fc.constantFrom('read', 'write', '*'), query)
    .map(([type, permission, rest]) => `patient/${type}.${permission}${rest}`),
  fc.constantFrom('openid', 'launch/patient', 'offline_access', 'patient/Observation.', 'Patient/x.rs'),
)
const resource = fc
  .tuple(fc.constantFrom(...types), fc.array(fc.constantFrom(...codes), { maxLength: 2 }))
  .map(([resourceType, all]): JsonObject & { readonly resourceType: string } => ({
    resourceType,
    category: [{ coding: all.map((code) => ({ system: 'https://codes.example', code })) }],
  }))
const interaction = fc.constantFrom('read' as const, 'search' as const)

function isReached(
  granted: readonly string[],
  what: 'read' | 'search',
  one: JsonObject & { readonly resourceType: string },
): boolean {
  return isWithinScopes(scopesFor(granted, one.resourceType, what), one)
}

describe('[S4] scopes', () => {
  it('are a union, and agree with the plainest reading of the specification', () => {
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 5 }), interaction, resource, (granted, what, one) => {
        expect(isReached(granted, what, one)).toBe(reaches(granted, what, one))
      }),
      { numRuns: 5_000 },
    )
  })

  it('[P4] are looked at one by one: a list reaches what one of its scopes alone reaches, and nothing more', () => {
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 5 }), interaction, resource, (granted, what, one) => {
        expect(isReached(granted, what, one)).toBe(granted.some((only) => isReached([only], what, one)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('[S10] of other levels widen nothing, beside patient scopes or alone (GHSA-vv7x-7w4m-q72f)', () => {
    const granted = ['user/Organization.read', 'system/*.rs', 'patient/Patient.read']
    for (const type of ['Organization', 'Observation', 'Condition'])
      for (const what of ['read', 'search'] as const) expect(scopesFor(granted, type, what)).toEqual([])
    expect(scopesFor(granted, 'Patient', 'search')).toHaveLength(1)
  })

  it('[S5] parameters of one scope must all hold', () => {
    const both: JsonObject = {
      category: [{ coding: codes.slice(0, 2).map((code) => ({ system: 'https://codes.example', code })) }],
    }
    const granted = (constraint: string) =>
      scopesFor([`patient/Observation.rs?${constraint}`], 'Observation', 'read')
    expect(isWithinScopes(granted('category=laboratory&category=vital-signs'), both)).toBe(true)
    expect(isWithinScopes(granted('category=laboratory&category=survey'), both)).toBe(false)
    expect(isWithinScopes(granted('category=laboratory,survey'), both)).toBe(true)
  })

  it('[S7] with a constraint that is not understood grant nothing', () => {
    for (const constraint of ['code:in=x', 'patient.birthdate=2000', '_filter=x', 'value-quantity=gt5'])
      expect(scopesFor([`patient/Observation.rs?${constraint}`], 'Observation', 'search')).toEqual([])
  })

  it('go to the EHR as narrow as they are: read again there they reach the same', () => {
    fc.assert(
      fc.property(scope, resource, (text, one) => {
        for (const found of scopesFor([text], one.resourceType, 'search')) {
          const sent = scopeForEhr(found, one.resourceType)
          expect(parseClinicalScope(sent)?.query).toEqual(found.query)
          expect(reaches(sent.split(' '), 'search', one)).toBe(reaches([text], 'search', one))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWithinScopes, scopesFor } from '@/lib/access/scope-match'
import type { JsonObject } from '@/lib/fhir/json-value'

/** The plainest reading of the specification: one scope at a time, one word at a time. SMART App Launch 2.2 S1–S5 */
function allows(scope: string, type: string, interaction: 'read' | 'search', resource: JsonObject): boolean {
  const [head = '', ...tail] = scope.split('?')
  const query = tail.join('?')
  if (!head.startsWith('patient/')) return false
  const [of = '', permission = ''] = head.slice('patient/'.length).split('.')
  if (of !== '*' && of !== type) return false
  const letter = interaction === 'read' ? 'r' : 's'
  const isOld = permission === 'read' || permission === 'write' || permission === '*'
  if (isOld ? permission === 'write' || query !== '' : !permission.includes(letter)) return false
  if (query === '') return true
  const categories = JSON.parse(JSON.stringify(resource))['category'][0].coding
  return query.split('&').every((part) => {
    const [name, value = ''] = part.split('=')
    return (
      name === 'category' &&
      value
        .split(',')
        .some((token) =>
          categories.some(
            ({ system, code }: { system: string; code: string }) =>
              token === `${system}|${code}` || token === code,
          ),
        )
    )
  })
}

const types = ['Observation', 'Condition', 'Patient'] as const
const codes = ['laboratory', 'vital-signs', 'survey'] as const
const token = fc.oneof(
  fc.constantFrom(...codes),
  fc.constantFrom(...codes).map((code) => `https://codes.example|${code}`),
)
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.array(token, { minLength: 1, maxLength: 2 }).map((tokens) => `?category=${tokens.join(',')}`),
  fc.tuple(token, token).map(([a, b]) => `?category=${a}&category=${b}`),
  fc.constant('?unheard-of=1'),
)
const scope = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('patient', 'user', 'system'),
      fc.constantFrom(...types, '*'),
      fc.constantFrom('r', 's', 'rs', 'cruds', 'cud', 'rd'),
      query,
    )
    .map(([level, type, permission, rest]) => `${level}/${type}.${permission}${rest}`),
  fc
    .tuple(fc.constantFrom(...types, '*'), fc.constantFrom('read', 'write', '*'))
    .map(([type, permission]) => `patient/${type}.${permission}`),
  fc.constantFrom(
    'openid',
    'launch/patient',
    'offline_access',
    'patient/Observation.sr',
    'patient/Observation.',
    'Patient/x.rs',
  ),
)
const resource = fc.array(fc.constantFrom(...codes), { maxLength: 2 }).map(
  (all): JsonObject => ({
    category: [{ coding: all.map((code) => ({ system: 'https://codes.example', code })) }],
  }),
)

/** Scopes that are none by the grammar grant nothing in either reading. */
const isGrammatical = (text: string): boolean =>
  /^(patient|user|system)\/(\*|[A-Z][a-zA-Z]+)\.(c?r?u?d?s?|read|write|\*)(\?.*)?$/.test(text) &&
  !/\.(\?|$)/.test(text)

describe('[S4] scopes', () => {
  it('are a union, and agree with the plainest reading of the specification', () => {
    fc.assert(
      fc.property(
        fc.array(scope, { maxLength: 5 }),
        fc.constantFrom(...types),
        fc.constantFrom('read', 'search'),
        resource,
        (granted, type, interaction, one) => {
          const expected = granted.filter(isGrammatical).some((text) => allows(text, type, interaction, one))
          expect(isWithinScopes(scopesFor(granted, type, interaction), one)).toBe(expected)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('one more scope never takes anything away', () => {
    fc.assert(
      fc.property(
        fc.array(scope, { maxLength: 4 }),
        scope,
        fc.constantFrom(...types),
        resource,
        (granted, more, type, one) => {
          const few = isWithinScopes(scopesFor(granted, type, 'search'), one)
          const many = isWithinScopes(scopesFor([...granted, more], type, 'search'), one)
          expect(!few || many).toBe(true)
        },
      ),
    )
  })

  it('a constraint that is not understood grants nothing', () => {
    for (const constraint of ['code:in=x', 'patient.birthdate=2000', '_filter=x', 'value-quantity=gt5'])
      expect(scopesFor([`patient/Observation.rs?${constraint}`], 'Observation', 'search')).toEqual([])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { messagesOf, translator } from '@/lib/language/translate'
import {
  describeScopes,
  groupItems,
  groupText,
  itemHint,
  itemText,
  listItems,
} from '@/lib/smart/consent-items'
import { allowedScopes, type ConsentItemId, consentTree } from '@/lib/smart/consent-tree'
import { holdRefused } from '@/lib/smart/refused-scopes'
import { areCovered, categories, categoryNames, scopeOfCategory, servedTypes } from '@/lib/smart/scopes'
import { testConfig } from '@/test/test-config'

setConfig(testConfig())
const everything = ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs']
const items = listItems(consentTree(everything))

function allow(without: readonly ConsentItemId[], asked: readonly string[] = everything): readonly string[] {
  const tree = consentTree(asked)
  return allowedScopes(asked, tree, new Set(listItems(tree).filter((id) => !without.includes(id))))
}

describe('ticks', () => {
  it('[S8] a wildcard is shown kind by kind, with kinds to come, and given whole only if nothing is unticked', () => {
    expect(items).toContain('later')
    expect(items).toContain('Observation/laboratory')
    expect(allow([])).toEqual(everything)
    const rest = allow(['Encounter'])
    expect(rest).not.toContain('patient/*.rs')
    expect(rest).not.toContain('patient/Encounter.rs')
    expect(rest).toContain('patient/Observation.rs')
    expect(allow(['later'])).toEqual(expect.arrayContaining(servedTypes.map((type) => `patient/${type}.rs`)))
    expect(itemHint('later', translator('en'))).toContain('now and later')
  })

  it.each(categoryNames)(
    '[G1] %s has a tick of its own, also when the app asked for the whole type',
    (category) => {
      const type = category.split('/')[0]
      const asked = [`patient/${type}.rs`]
      expect(allow([], asked)).toEqual(asked)
      const others = categoryNames.filter((name) => name !== category && name.startsWith(`${type}/`))
      expect([...allow([category], asked)].sort()).toEqual(others.map(scopeOfCategory).sort())
      const only = listItems(consentTree(asked)).filter((id) => id !== category)
      expect(allow(only, asked)).toEqual([scopeOfCategory(category)])
    },
  )

  it('[G1] the categories are those of US Core: three of Condition, five of Observation', () => {
    expect(Object.values(categories).map((query) => query.replace(/^category=/, ''))).toEqual([
      'http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
      'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs',
      'http://terminology.hl7.org/CodeSystem/observation-category|social-history',
      'http://terminology.hl7.org/CodeSystem/observation-category|survey',
      'http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh',
      'http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item',
      'http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis',
      'http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern',
    ])
  })

  it('[S4] letters asked apart stay apart when a category is unticked', () => {
    const asked = ['patient/Condition.r', 'patient/Condition.s']
    const rest = allow(['Condition/health-concern'], asked)
    expect(rest.filter((scope) => scope.startsWith('patient/Condition.r?'))).toHaveLength(2)
    expect(rest.filter((scope) => scope.startsWith('patient/Condition.s?'))).toHaveLength(2)
    expect(rest).toHaveLength(4)
  })

  it.each(['offline', 'online'] as const)('[S9] access over time (%s), alone, is nothing', (id) => {
    const asked = ['openid', id === 'offline' ? 'offline_access' : 'online_access', 'patient/Patient.rs']
    const all = listItems(consentTree(asked))
    expect(all).toContain(id)
    expect(
      allow(
        all.filter((one) => one !== id),
        asked,
      ),
    ).toEqual([])
  })

  it('[G2] how long has a tick of its own: without it the rest is given, and that is not', () => {
    expect(allow(['offline'])).toEqual(everything.filter((scope) => scope !== 'offline_access'))
    const visit = ['openid', 'online_access', 'patient/Patient.rs']
    expect(allow(['online'], visit)).toEqual(['openid', 'patient/Patient.rs'])
  })

  it('[S16] who keeps name and address to themselves keeps them as the person who signed in, too', () => {
    expect(allow(['Patient'])).not.toContain('fhirUser')
    expect(allow(['Patient'])).toContain('openid')
    expect(allow(['fhirUser'])).toContain('openid')
    expect(allow(['identity'])).not.toContain('fhirUser')
    expect(allow([], ['openid', 'fhirUser'])).toEqual(['openid', 'fhirUser'])
  })

  it('any set of ticks gives a part of what was asked', () => {
    fc.assert(
      fc.property(fc.subarray([...items]), (without) => areCovered(allow(without), everything)),
      { numRuns: 500 },
    )
  })

  it('an item asked for twice has one tick for both', () => {
    const asked = ['patient/Encounter.read', 'patient/*.rs']
    expect(allow(['Encounter'], asked).filter((scope) => scope.includes('Encounter'))).toEqual([])
  })

  it('[Q2] every item has words in every language, and stands under one heading', () => {
    for (const language of ['en', 'es'] as const) {
      const t = translator(language)
      const all: readonly ConsentItemId[] = [...items, 'online']
      const words = [...all.map((id) => itemText(id, t)), ...all.flatMap((id) => itemHint(id, t) ?? [])]
      const headings = groupItems(items).map(({ id }) => groupText(id, t))
      expect([...words, ...headings].every((text) => !text.includes('consent.'))).toBe(true)
      expect(new Set(words).size).toBe(words.length)
      expect(Object.keys(messagesOf(language).consent)).toEqual(Object.keys(messagesOf('en').consent))
    }
    const grouped = groupItems(items).flatMap((group) => group.items)
    expect([...grouped].sort()).toEqual(items.filter((id) => id !== 'offline').sort())
  })

  it('what was granted is told in few words: a kind given whole is one line, a category says which', () => {
    const t = translator('en')
    expect(describeScopes(['patient/Condition.rs', 'patient/Observation.read'], t)).toEqual([
      'Test results and body measures',
      'Health problems',
    ])
    expect(describeScopes([scopeOfCategory('Condition/health-concern')], t)).toEqual([
      'Health worries and risks',
    ])
  })
})

describe('a later no', () => {
  const asked = ['openid', 'offline_access', 'patient/Condition.rs', 'patient/Encounter.rs']
  const isTakenBack = (earlier: readonly string[], unticked: readonly ConsentItemId[]): boolean => {
    const tree = consentTree(asked)
    return holdRefused(earlier, tree, new Set(listItems(tree).filter((id) => !unticked.includes(id))))
  }

  it.each([
    ['the same scope', ['patient/Encounter.rs'], 'Encounter'],
    ['a scope of v1', ['patient/Encounter.read'], 'Encounter'],
    ['a wildcard', ['patient/*.r'], 'Encounter'],
    ['the whole type, when one category is refused', ['patient/Condition.read'], 'Condition/health-concern'],
    ['the category itself', [scopeOfCategory('Condition/health-concern')], 'Condition/health-concern'],
    ['the whole type, when what has no category is refused', ['patient/Condition.rs'], 'Condition/other'],
    ['access while away', ['offline_access', 'openid'], 'offline'],
  ] as const)('takes back %s', (_, earlier, unticked) => {
    expect(isTakenBack(earlier, [unticked])).toBe(true)
    expect(isTakenBack(earlier, [])).toBe(false)
  })

  it('leaves alone what it did not touch', () => {
    const diagnoses = [scopeOfCategory('Condition/encounter-diagnosis')]
    expect(isTakenBack(diagnoses, ['Condition/health-concern', 'Condition/other', 'Encounter'])).toBe(false)
    expect(isTakenBack(['openid', 'patient/Immunization.rs'], ['Encounter', 'offline'])).toBe(false)
  })

  it('of kinds to come takes back the wildcard, and only that', () => {
    const tree = consentTree(['patient/*.rs'])
    const ticked = new Set(listItems(tree).filter((id) => id !== 'later'))
    expect(holdRefused(['patient/*.read'], tree, ticked)).toBe(true)
    expect(holdRefused(['patient/Encounter.read'], tree, ticked)).toBe(false)
  })
})

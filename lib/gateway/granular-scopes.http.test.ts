import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { categoryNames, scopeOfCategory } from '@/lib/smart/scopes'
import { hasCategory, reaches } from '@/test/reference-scopes'
import { startTwoWorlds, type Worlds } from '@/test/two-worlds'

type Row = { readonly resourceType: string; readonly id: string }

const types = ['Observation', 'Condition', 'Patient', 'Immunization', 'DiagnosticReport'] as const
let worlds: Worlds
const chart = new Map<string, readonly Row[]>()

beforeAll(async () => {
  worlds = await startTwoWorlds({ policy: { kind: 'immediate' } })
  const { token } = await worlds.access('one', 'maya')
  for (const type of types) chart.set(type, await search(token, `${type}?_count=200`))
}, 60_000)
afterAll(() => worlds.stop())

async function search(token: string, path: string): Promise<readonly Row[]> {
  const response = await worlds.ask('one', path, token)
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
  const { entry = [] } = await response.json()
  return entry.map(({ resource }: { resource: Row }) => resource)
}

const idsOf = (rows: readonly Row[]): readonly string[] => rows.map(({ id }) => id).sort()
const category = (name: (typeof categoryNames)[number]): string =>
  scopeOfCategory(name).split('?category=')[1] ?? ''

const scope = fc.oneof(
  fc
    .tuple(fc.constantFrom(...types, '*'), fc.constantFrom('r', 's', 'rs', 'cruds', 'read', '*', 'write'))
    .map(([type, letters]) => `patient/${type}.${letters}`),
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...categoryNames), fc.constantFrom('r', 's', 'rs'))
      .map(([name, letters]) => scopeOfCategory(name).replace('.rs?', `.${letters}?`)),
  },
  fc.constantFrom(
    'user/*.rs',
    'system/*.rs',
    'user/Organization.read',
    'patient/Observation.rs?category:not=x',
  ),
)

/** Compares searches and reads of one list of scopes with the plainest reading. */
async function expectAsReference(granted: readonly string[]): Promise<void> {
  const { token } = await worlds.access('one', 'maya', { scopes: granted })
  for (const type of types) {
    const all = chart.get(type) ?? []
    const asked = await worlds.ask('one', `${type}?_count=200`, token)
    const may = granted.some((one) =>
      reaches([one.replace(/\?category=.*/, '')], 'search', { resourceType: type }),
    )
    expect(asked.status, `${granted} ${type}`).toBe(may ? 200 : 403)
    if (may) {
      const { entry = [] } = await asked.json()
      const found = idsOf(entry.map(({ resource }: { resource: Row }) => resource))
      expect(found, `${granted} ${type}`).toEqual(idsOf(all.filter((one) => reaches(granted, 'search', one))))
    }
    for (const one of sample(all)) {
      const read = await worlds.ask('one', `${type}/${one.id}`, token)
      expect(read.status === 200, `${granted} ${type}/${one.id}`).toBe(reaches(granted, 'read', one))
      if (read.status !== 200) {
        expect([403, 404]).toContain(read.status)
        expect((await read.json()).resourceType).toBe('OperationOutcome')
      }
    }
  }
}

/** One of each set of categories: reads are asked one by one. */
function sample(rows: readonly Row[]): readonly Row[] {
  const kinds = new Map<string, Row>()
  for (const row of rows) kinds.set(JSON.stringify('category' in row ? row.category : ''), row)
  return [...kinds.values()]
}

describe('[P4] granular scopes at the gateway', () => {
  it('the chart has something in every category, so that nothing below is true of emptiness', () => {
    for (const name of categoryNames) {
      const [type = ''] = name.split('/')
      const within = (chart.get(type) ?? []).filter((one) => hasCategory(one, category(name)))
      expect(within.length, name).toBeGreaterThan(0)
      expect(within.length, name).toBeLessThan((chart.get(type) ?? []).length)
    }
  })

  it('searches and reads reach what the plainest reading of the union reaches, and nothing else', async () => {
    await fc.assert(fc.asyncProperty(fc.array(scope, { minLength: 1, maxLength: 4 }), expectAsReference), {
      numRuns: 40,
    })
  }, 120_000)

  it.each(categoryNames)('a search by a granted category gives all of it: %s', async (name) => {
    const [type = ''] = name.split('/')
    const other = categoryNames.find((one) => one !== name && one.startsWith(`${type}/`)) ?? name
    const { token } = await worlds.access('one', 'maya', { scopes: [scopeOfCategory(name)] })
    const whole = (chart.get(type) ?? []).filter((one) => hasCategory(one, category(name)))
    const byValue = `${type}?_count=200&category=${encodeURIComponent(category(name))}`
    expect(idsOf(await search(token, byValue))).toEqual(idsOf(whole))
    expect(idsOf(await search(token, `${type}?_count=200`))).toEqual(idsOf(whole))
    const byOther = await search(token, `${type}?category=${encodeURIComponent(category(other))}`)
    expect(byOther.filter((one) => !hasCategory(one, category(name)))).toEqual([])
  })

  it('one valid scope opens no other type, and user scopes beside it widen nothing (GHSA-vv7x-7w4m-q72f)', async () => {
    await expectAsReference(['patient/Immunization.read'])
    await expectAsReference([
      'user/Organization.read',
      'user/*.rs',
      scopeOfCategory('Condition/health-concern'),
    ])
  })

  it('letters of two scopes do not add up over their categories: read of one is no search of it', async () => {
    await expectAsReference([
      scopeOfCategory('Observation/laboratory').replace('.rs?', '.r?'),
      scopeOfCategory('Observation/vital-signs').replace('.rs?', '.s?'),
    ])
  })
})

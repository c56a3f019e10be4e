import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { everythingUnreleased, people, startTwoWorlds, type Worlds, wholeSeed } from '@/test/two-worlds'

/** Over-hiding is a fault as much as leaking: what nobody holds comes through whole. lab-release, rules added in review */
let worlds: Worlds
beforeAll(async () => {
  worlds = await startTwoWorlds({ policy: { kind: 'immediate' } })
}, 60_000)
afterAll(() => worlds.stop())

const types = [
  'Patient',
  'Observation',
  'DiagnosticReport',
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Immunization',
  'Encounter',
] as const

type Plain = Record<string, unknown> & { resourceType: string; id: string }
const finished = ['final', 'amended', 'corrected', 'appended']
const isResultType = (one: Plain): boolean =>
  one.resourceType === 'DiagnosticReport' || one.resourceType === 'Observation'
const isVital = (one: Plain): boolean => JSON.stringify(one['category'] ?? '').includes('vital-signs')
const isHeld = (one: Plain): boolean => JSON.stringify(one['meta'] ?? '').includes('NOPAT')

/** What is taken off on purpose: labels, versions and last updates, narratives of results. */
function comparable(one: Plain): object {
  const { meta: _meta, text, ...rest } = one
  return isResultType(one) && !isVital(one) ? rest : { ...rest, text }
}

function chartOf(patientId: string, type: string, without: readonly string[] = []): Plain[] {
  const owned = `"reference":"Patient/${patientId}"`
  return JSON.parse(JSON.stringify(wholeSeed(without))).filter(
    (one: Plain) =>
      one.resourceType === type &&
      (type === 'Patient'
        ? one.id === patientId
        : JSON.stringify(one['subject'] ?? one['patient'] ?? '').includes(owned)),
  )
}

async function readAll(patient: string, world: 'one' | 'two', type: string): Promise<Plain[]> {
  const { token } = await worlds.access(world, patient)
  const found: Plain[] = []
  for (let next: string | undefined = `${type}?_count=40`; next; ) {
    const page = await (await worlds.ask(world, next, token)).json()
    found.push(...(page.entry ?? []).map((entry: { resource: Plain }) => entry.resource))
    next = page.link.find((link: { relation: string }) => link.relation === 'next')?.url
  }
  return found
}

const byId = (a: Plain, b: Plain): number => (a.id < b.id ? -1 : 1)

describe('where results are shown at once', () => {
  it.each(people.filter(({ key }) => key !== 'naomi').map(({ key, patientId }) => [key, patientId] as const))(
    'everything that is in the chart of %s and not held comes through whole, scripts and all',
    async (key, patientId) => {
      for (const type of types) {
        const expected = chartOf(patientId, type)
          .filter((one) => !isHeld(one))
          .filter((one) => !isResultType(one) || isVital(one) || finished.includes(String(one['status'])))
        const shown = await readAll(key, 'one', type)
        const redacted = expected.filter((one) => hasHeldMember(one, patientId)).map(({ id }) => id)
        const isWhole = ({ id }: Plain): boolean => !redacted.includes(id)
        expect(shown.map(({ id }) => id).sort(), type).toEqual(expected.map(({ id }) => id).sort())
        expect(shown.filter(isWhole).sort(byId).map(comparable)).toEqual(
          expected.filter(isWhole).sort(byId).map(comparable),
        )
      }
    },
  )

  it('in a world without holds nothing at all is missing', async () => {
    const without = everythingUnreleased()
    for (const key of ['maya', 'george', 'layla', 'chloe'] as const) {
      const patientId = people.find((one) => one.key === key)?.patientId ?? ''
      for (const type of types) {
        const expected = chartOf(patientId, type, without)
        expect((await readAll(key, 'two', type)).sort(byId).map(comparable)).toEqual(
          expected.sort(byId).map(comparable),
        )
      }
    }
  })
})

function hasHeldMember(one: Plain, patientId: string): boolean {
  const held = chartOf(patientId, 'Observation').filter(isHeld)
  return held.some(({ id }) => JSON.stringify([one['result'], one['hasMember']]).includes(id))
}

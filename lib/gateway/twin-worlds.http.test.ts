import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SeededAccess } from '@/test/fixtures'
import { type Answer, type Asked, answerOf } from '@/test/twin-answers'
import {
  clinicianIdOf,
  everythingUnreleased,
  patientIdOf,
  startTwoWorlds,
  type WorldName,
  type Worlds,
  wholeSeed,
} from '@/test/two-worlds'

/**
 * Non-interference (lab-release B9): whatever an app asks, the answer where results are held is, byte for byte, the
 * answer of a world in which they were never written. Date, request id and the page links' cursors are left out.
 */
let worlds: Worlds
const hiddenKeys = everythingUnreleased()
const patients = [
  'maya',
  'chloe',
  'layla',
  'george',
  'robin',
  'agnes',
  'maya-two',
  'naomi',
  'daniel',
] as const
const access = new Map<string, SeededAccess>()

beforeAll(async () => {
  worlds = await startTwoWorlds()
  for (const patient of patients)
    for (const world of ['one', 'two'] as const)
      access.set(`${world}/${patient}`, await worlds.access(world, patient))
}, 60_000)
afterAll(() => worlds.stop())

const seen = (world: WorldName, patient: string, asked: Asked): Promise<Answer> =>
  answerOf(worlds, { world, token: access.get(`${world}/${patient}`)?.token ?? '' }, asked)

async function expectTwins(patient: string, asked: Asked): Promise<string> {
  const held = await seen('one', patient, asked)
  const never = await seen('two', patient, asked)
  expect(held.text, `${patient} ${asked.path}`).toBe(never.text)
  for (const id of hiddenKeys.map((key) => key.split('/')[1] ?? ''))
    if (!asked.path.includes(id)) expect(held.text).not.toContain(id)
  return held.text
}

/** Walks every page in both worlds, comparing each. @returns how many entries there were */
async function expectTwinPages(patient: string, path: string): Promise<number> {
  let [one, two] = [path, path]
  let entries = 0
  for (let pages = 0; pages < 60; pages += 1) {
    const held = await seen('one', patient, { path: one })
    const never = await seen('two', patient, { path: two })
    expect(held.text, `${patient} ${path}, page ${pages + 1}`).toBe(never.text)
    entries += held.text.split('"fullUrl"').length - 1
    if (!held.next || !never.next) break
    one = held.next
    two = never.next
  }
  return entries
}

function ids(patient: string, type: string, which: 'hidden' | 'shown'): string[] {
  const subject = `Patient/${patientIdOf(patient)}`
  return wholeSeed()
    .filter((one) => one.resourceType === type && JSON.stringify(one).includes(`"${subject}"`))
    .map((one) => one.id)
    .filter((id) => hiddenKeys.includes(`${type}/${id}`) === (which === 'hidden'))
}

const form = (body: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

const searches: readonly Asked[] = [
  { path: 'Patient' },
  { path: 'Observation' },
  { path: 'Observation?category=laboratory' },
  {
    path: 'Observation?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&_sort=-date',
  },
  { path: 'Observation?_sort=date&_count=1' },
  { path: 'Observation?_sort=-date&_count=1' },
  { path: 'Observation?code=http://loinc.org|4548-4' },
  { path: 'Observation?code=4548-4&_sort=-date&_count=1' },
  { path: 'Observation?code=56888-1,2118-8,18282-4' },
  { path: 'Observation?date=ge2026-11-01' },
  { path: 'Observation?date=ge2026-11-10&date=le2026-11-19&_total=accurate' },
  { path: 'Observation?status=final' },
  { path: 'Observation?status=preliminary,cancelled' },
  { path: 'Observation?_lastUpdated=gt2026-11-10' },
  { path: 'Observation?_lastUpdated=ge2026-11-15T00:00:00Z&_count=5' },
  { path: 'DiagnosticReport' },
  { path: 'DiagnosticReport?category=LAB&_sort=-date&_count=1' },
  { path: 'DiagnosticReport?category=http://terminology.hl7.org/CodeSystem/v2-0074|PAT' },
  { path: 'DiagnosticReport?code=http://loinc.org|4548-4' },
  { path: 'DiagnosticReport?_lastUpdated=gt2026-11-01' },
  { path: 'Condition' },
  { path: 'Condition?clinical-status=active' },
  { path: 'AllergyIntolerance' },
  { path: 'MedicationRequest?status=active' },
  { path: 'Immunization' },
  { path: 'Encounter?date=ge2026-11-01' },
  { path: 'Observation/_search', init: form('category=laboratory&_count=4') },
  { path: 'DiagnosticReport/_search', init: form('') },
]

const refusals: readonly Asked[] = [
  { path: 'Observation?_summary=count' },
  { path: 'Observation?_include=Observation:based-on' },
  { path: 'DiagnosticReport?_include=DiagnosticReport:result' },
  { path: 'Patient?_revinclude=Observation:subject' },
  { path: 'Patient?_has:Observation:patient:code=4548-4' },
  { path: 'DiagnosticReport?result.code=4548-4' },
  { path: 'Observation?value-quantity=gt6' },
  { path: 'Observation?_security:not=NOPAT' },
  { path: 'Observation?code:not=4548-4' },
  { path: 'Observation?_text=HIV' },
  { path: 'Observation?_elements=id' },
  { path: 'Observation?_sort=value-quantity' },
  { path: 'Observation?_sort=_lastUpdated' },
  { path: 'Observation?_count=0' },
  { path: 'Observation?_getpages=abc' },
  { path: 'Provenance' },
  { path: 'ServiceRequest' },
  { path: 'DocumentReference' },
  { path: 'Task' },
  { path: 'Binary' },
  { path: 'Specimen' },
  { path: 'Patient/$everything' },
  { path: 'Observation/$lastn?max=1' },
  { path: '_history' },
  { path: 'Observation/_history' },
  { path: '', init: { method: 'POST', body: '{}', headers: { 'content-type': 'application/fhir+json' } } },
]

describe('[release-B9] a held result is as if it had never been written', () => {
  it.each(patients)('for every search of %s', async (patient) => {
    for (const asked of searches) await expectTwins(patient, asked)
  })

  it('[W1][W2] for everything that is refused by name', async () => {
    for (const asked of refusals) {
      const text = await expectTwins('chloe', asked)
      expect(text, asked.path).toMatch(/^4\d\d\n/)
    }
  })

  it.each(['maya', 'chloe', 'layla', 'agnes', 'robin'] as const)(
    'for every read, HEAD and condition on what is hidden from %s',
    async (patient) => {
      for (const type of ['Observation', 'DiagnosticReport'] as const) {
        const unknown = await expectTwins(patient, { path: `${type}/nobody-wrote-this` })
        for (const id of ids(patient, type, 'hidden')) {
          for (const init of [
            {},
            { headers: { 'if-none-match': '*' } },
            { headers: { 'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' } },
          ]) {
            expect(await expectTwins(patient, { path: `${type}/${id}`, init })).toBe(unknown)
          }
          await expectTwins(patient, { path: `${type}/${id}`, init: { method: 'HEAD' } })
          await expectTwins(patient, { path: `${type}?_id=${id}` })
          await expectTwins(patient, { path: `${type}/${id}/_history/1` })
        }
      }
    },
  )

  it.each(['maya', 'chloe', 'layla'] as const)('for every read of what %s may see', async (patient) => {
    for (const type of ['Observation', 'DiagnosticReport', 'Condition', 'Encounter'] as const)
      for (const id of ids(patient, type, 'shown')) {
        const text = await expectTwins(patient, { path: `${type}/${id}` })
        expect(text).toMatch(/^200\n/)
      }
  })

  it('[W1] for ids asked for together, hidden and shown', async () => {
    for (const patient of ['maya', 'george'] as const) {
      const all = [...ids(patient, 'Observation', 'hidden'), ...ids(patient, 'Observation', 'shown')].slice(
        0,
        40,
      )
      await expectTwins(patient, { path: `Observation?_id=${all.join(',')}` })
    }
  })

  it.each([1, 3, 7, 20, 200])('for every page of %i entries', async (count) => {
    for (const patient of count === 1 ? (['maya'] as const) : (['george', 'maya', 'chloe'] as const)) {
      const entries = await expectTwinPages(patient, `Observation?category=laboratory&_count=${count}`)
      expect(entries).toBeGreaterThan(count === 1 ? 20 : 0)
    }
    await expectTwinPages('george', `Observation?_sort=date&_count=${count === 1 ? 25 : count}`)
  })

  it('for clinicians and organizations whom only a hidden result names', async () => {
    for (const patient of ['maya', 'maya-two', 'robin'] as const)
      for (const who of ['adeyemi', 'brandt', 'castillo'] as const)
        await expectTwins(patient, { path: `Practitioner/${clinicianIdOf(who)}` })
  })

  it('for a result that somebody released who neither ordered it nor covers for who did', async () => {
    const [result = ''] = ids('maya', 'Observation', 'hidden')
    await worlds.control('one', 'release', {
      results: [`Observation/${result}`],
      practitionerId: clinicianIdOf('castillo'),
    })
    for (const asked of searches.slice(0, 20)) await expectTwins('maya', asked)
    await expectTwins('maya', { path: `Observation/${result}` })
  })

  it('for a result that was released and is held again: label, version, time and the old release included', async () => {
    const results = ['Observation', 'DiagnosticReport'].flatMap((type) =>
      ids('maya', type, 'hidden').map((id) => `${type}/${id}`),
    )
    const decision = { results, practitionerId: clinicianIdOf('adeyemi') }
    const before = await seen('one', 'maya', { path: 'Observation' })
    await worlds.control('one', 'release', decision)
    expect((await seen('one', 'maya', { path: 'Observation' })).text).not.toBe(before.text)
    await worlds.control('one', 'hold', decision)
    for (const asked of searches) await expectTwins('maya', asked)
    for (const path of results) await expectTwins('maya', { path })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people } from '../people'
import { listUnreleased } from './landmarks'
import { referenceTo, resourceTypes } from './seed/resources'
import { buildWorld } from './seed/world'
import { type EhrUnderTest, patientIdOf, startEhrUnderTest, testToday } from './testing/ehr-under-test'

const chloe = patientIdOf('chloe')
const unreleased = listUnreleased(chloe, testToday)
let whole: EhrUnderTest
let twin: EhrUnderTest

beforeAll(async () => {
  whole = await startEhrUnderTest()
  twin = await startEhrUnderTest({ without: unreleased })
})
afterAll(async () => {
  await whole.close()
  await twin.close()
})

/** The bytes of an answer, with the one thing that must differ, the server’s own address, made equal. */
async function bytes(ehr: EhrUnderTest, target: string, patientId: string): Promise<string> {
  const response = await ehr.get(target, await ehr.token(patientId))
  const headers = ['etag', 'last-modified', 'content-location', 'content-type'].map((name) =>
    response.headers.get(name),
  )
  return `${response.status} ${headers.join(' ')} ${await response.text()}`.replaceAll(ehr.url, 'http://ehr')
}

describe('a world in which some results were never written', () => {
  it('answers every request about every other person with the same bytes', async () => {
    for (const { patientId } of people.filter((person) => person.patientId !== chloe))
      for (const type of resourceTypes) {
        const target = `${type}?_count=200&_revinclude=Provenance:target`
        expect(await bytes(twin, target, patientId), `${type} of ${patientId}`).toBe(
          await bytes(whole, target, patientId),
        )
      }
  })

  it('answers every read of what both worlds hold with the same bytes, versions and times included', async () => {
    const kept = buildWorld(testToday, unreleased).filter((one) => JSON.stringify(one).includes(chloe))
    expect(kept.length).toBeGreaterThan(20)
    for (const one of kept)
      expect(await bytes(twin, referenceTo(one), chloe)).toBe(await bytes(whole, referenceTo(one), chloe))
  })

  it('holds no word of what was never written, in any search by any type', async () => {
    const left = new Set(buildWorld(testToday, unreleased).map(referenceTo))
    const gone = buildWorld(testToday)
      .map(referenceTo)
      .filter((reference) => !left.has(reference))
    expect(gone.length).toBeGreaterThan(unreleased.length)
    for (const type of resourceTypes) {
      const text = await bytes(twin, `${type}?_count=200`, chloe)
      for (const reference of gone) expect(text).not.toContain(reference.split('/')[1])
    }
    for (const reference of gone)
      expect(await bytes(twin, reference, chloe)).toBe(
        await bytes(twin, `${reference.split('/')[0]}/never-was`, chloe),
      )
  })
})

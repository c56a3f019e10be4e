import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { forgetOnce } from '@/lib/process/once'
import { addSeconds, now } from '@/lib/time/clock'
import { type StrangeClinic, startStrangeClinic } from '@/test/strange-clinic'
import { searchset } from '@/test/strange-ehr'

/** Results that only the automatic end makes visible after a week, and what becomes of their corrections. */
let clinic: StrangeClinic

beforeAll(async () => {
  const releasePolicy = {
    kind: 'orderer-release' as const,
    automaticReleaseDays: 7,
    coverPools: [],
    jurisdiction: 'US',
  }
  clinic = await startStrangeClinic({ releasePolicy })
}, 60_000)
afterAll(() => clinic.stop())
beforeEach(async () => {
  await db().releaseSeen.deleteMany()
  forgetOnce('release-seen')
})

type Version = { readonly status: string; readonly daysAgo: number; readonly value: string }

const observation = ({ status, daysAgo, value }: Version) => ({
  resourceType: 'Observation',
  id: 'o1',
  status,
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
  category: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }],
    },
  ],
  subject: { reference: 'Patient/p1' },
  issued: addSeconds(now(), -daysAgo * 86_400).toISOString(),
  valueString: value,
})
const first = { status: 'final', daysAgo: 8, value: 'first' } as const
const corrected = { status: 'corrected', daysAgo: 1, value: 'second' } as const

async function ask(version: Version | undefined, path = 'Observation?_count=10'): Promise<Response> {
  clinic.ehr.answerWith(() => ({ body: searchset(version ? [observation(version)] : []) }))
  return fetch(`${clinic.broker.url}/fhir/strange/${path}`, {
    headers: { authorization: `Bearer ${clinic.access.token}` },
  })
}

async function values(version: Version, path?: string): Promise<readonly unknown[]> {
  const bundle = (await (await ask(version, path)).json()) as {
    entry?: { resource: { valueString?: string } }[]
  }
  return (bundle.entry ?? []).map(({ resource }) => resource.valueString)
}

describe('[release-B1] a correction of a result that was seen is never held', () => {
  it('stays visible after the automatic end alone had shown it', async () => {
    expect(await values(first)).toEqual(['first'])
    expect(await values(corrected)).toEqual(['second'])
  })

  it('stays visible when it was read alone', async () => {
    expect((await ask(first, 'Observation/o1')).status).toBe(200)
    const read = await ask(corrected, 'Observation/o1')
    expect([read.status, ((await read.json()) as { valueString: string }).valueString]).toEqual([
      200,
      'second',
    ])
  })

  it('of one that nobody saw waits like a new one: the answers are those of a world without it', async () => {
    const [held, absent] = [await (await ask(corrected)).text(), await (await ask(undefined)).text()]
    expect(held).toBe(absent)
    const [read, unknown] = [await ask(corrected, 'Observation/o1'), await ask(undefined, 'Observation/o1')]
    expect([read.status, await read.text()]).toEqual([unknown.status, await unknown.text()])
  })

  it('of one that another person’s chart showed waits', async () => {
    const other = await clinic.open({ patientId: 'p2' })
    clinic.ehr.answerWith(() => ({
      body: searchset([{ ...observation(first), subject: { reference: 'Patient/p2' } }]),
    }))
    const shown = await fetch(`${clinic.broker.url}/fhir/strange/Observation`, {
      headers: { authorization: `Bearer ${other.token}` },
    })
    expect(await shown.text()).toContain('first')
    expect(await values(corrected)).toEqual([])
  })

  it('a hold by a clinician hides it all the same', async () => {
    await values(first)
    const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'NOPAT' }
    clinic.ehr.answerWith(() => ({
      body: searchset([{ ...observation(corrected), meta: { security: [label] } }]),
    }))
    const answer = await fetch(`${clinic.broker.url}/fhir/strange/Observation/o1`, {
      headers: { authorization: `Bearer ${clinic.access.token}` },
    })
    expect(answer.status).toBe(404)
  })

  it('a preliminary version of what was seen waits until the laboratory has finished', async () => {
    await values(first)
    expect(await values({ ...corrected, status: 'preliminary' })).toEqual([])
  })

  it('a page that had no room for a result has not shown it', async () => {
    const another = { ...observation(first), id: 'o0' }
    clinic.ehr.answerWith(() => ({ body: searchset([another, observation(first)]) }))
    const page = await fetch(`${clinic.broker.url}/fhir/strange/Observation?_count=1`, {
      headers: { authorization: `Bearer ${clinic.access.token}` },
    })
    expect(((await page.json()) as { entry: unknown[] }).entry).toHaveLength(1)
    expect(await values(corrected)).toEqual([])
  })

  it('[release-B3] one found wrong after it was seen says that it was withdrawn, one that nobody saw never existed', async () => {
    const wrong = { status: 'entered-in-error', daysAgo: 1, value: 'wrong' } as const
    expect((await ask(wrong, 'Observation/o1')).status).toBe(404)
    await values(first)
    const read = await ask(wrong, 'Observation/o1')
    expect(read.status).toBe(200)
    expect(await read.text()).not.toContain('wrong"')
  })

  it('is kept once, without a word of whose result it is', async () => {
    await values(first)
    await values(first)
    forgetOnce('release-seen')
    await values(first)
    const rows = await db().releaseSeen.findMany()
    expect(rows).toHaveLength(1)
    expect(rows[0]?.digest).toHaveLength(32)
  })
})

describe('[gateway] who guesses ids is slowed down', () => {
  it('after a hundred reads that find nothing every call of the token waits, and says how long; another token does not', async () => {
    const guesser = await clinic.open()
    clinic.ehr.answerWith(() => ({ body: searchset([]) }))
    const read = (path: string, token = guesser.token): Promise<Response> =>
      fetch(`${clinic.broker.url}/fhir/strange/${path}`, { headers: { authorization: `Bearer ${token}` } })
    const answers: number[] = []
    for (let at = 0; at < 101; at += 1) answers.push((await read(`Observation/guess-${at}`)).status)
    expect(new Set(answers.slice(0, 100))).toEqual(new Set([404]))
    expect(answers[100]).toBe(429)
    const waiting = await read('Observation')
    expect(waiting.status).toBe(429)
    expect(Number(waiting.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await waiting.text()).toContain('throttled')
    expect((await read('Observation', clinic.access.token)).status).toBe(200)
  })
})

it('[link-A10] an EHR that says no to the person (it ended that he acts for the patient) is a 403, not a fault of ours', async () => {
  clinic.ehr.answerWith(() => ({ status: 403, body: { resourceType: 'OperationOutcome' } }))
  const answer = await fetch(`${clinic.broker.url}/fhir/strange/Condition`, {
    headers: { authorization: `Bearer ${clinic.access.token}` },
  })
  expect(answer.status).toBe(403)
  expect(await answer.text()).toContain('does not allow')
})

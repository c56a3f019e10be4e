import { afterAll, beforeAll, expect, it } from 'vitest'
import { setClock } from '@/lib/time/clock'
import type { TestBroker } from '@/test/broker'
import type { SeededAccess } from '@/test/fixtures'
import { startStrangeClinic } from '@/test/strange-clinic'
import { type StrangeEhr, searchset } from '@/test/strange-ehr'

let ehr: StrangeEhr
let broker: TestBroker
let access: SeededAccess

let stop: () => Promise<void>
beforeAll(async () => {
  ;({ ehr, broker, access, stop } = await startStrangeClinic({ releasePolicy: { kind: 'immediate' } }))
}, 60_000)
afterAll(() => stop())

type Link = { readonly relation: string; readonly url: string }

async function nextLink(code: string): Promise<string> {
  const form = new URLSearchParams({ code, _count: '2' })
  const response = await fetch(`${broker.url}/fhir/strange/Observation/_search`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access.token}` },
    body: form,
  })
  const { link } = (await response.json()) as { link: readonly Link[] }
  return link.find(({ relation }) => relation === 'next')?.url ?? ''
}
const row = (id: string, status: string) => ({
  resourceType: 'Observation',
  id,
  status,
  subject: { reference: 'Patient/p1' },
})
const shown = ['a', 'b', 'c'].map((id) => row(id, 'final'))

it('[release-B6] the length of a page link tells nothing of hidden rows, however the search is padded to make it', async () => {
  const held = Array.from({ length: 10 }, (_, index) => row(`x${index}`, 'preliminary'))
  const without = () => ({ body: searchset(shown) })
  const withHidden = () => ({ body: searchset([...held, ...shown]) })
  // As HAPI does, its own link repeats the search.
  const onLaterPage = ({ parameters }: { readonly parameters: URLSearchParams }) =>
    parameters.has('page')
      ? { body: searchset(shown) }
      : { body: searchset(held, [], `${ehr.fhirBase}/Observation?${parameters}&page=2`) }
  for (const length of [1, 100, 300, 700, ...Array.from({ length: 24 }, (_, index) => 870 + index), 1_000]) {
    const code = 'a|'.repeat(length / 2).padEnd(length, 'a')
    const lengths = []
    for (const answer of [without, withHidden, onLaterPage]) {
      ehr.answerWith(answer)
      lengths.push((await nextLink(code)).length)
    }
    expect(lengths, `a code of ${length}`).toEqual([lengths[0], lengths[0], lengths[0]])
    expect(lengths[0]).toBeGreaterThan(1_000)
  }
})

it('a page link that was altered anywhere is gone, and so is one after ten minutes', async () => {
  const headers = { authorization: `Bearer ${access.token}` }
  const follow = async (link: string): Promise<number> => (await fetch(link, { headers })).status
  ehr.answerWith(() => ({ body: searchset(shown) }))
  const link = await nextLink('x')
  expect(await follow(link)).toBe(200)
  const [address = '', cursor = ''] = link.split('?_cursor=')
  const bytes = Buffer.from(cursor, 'base64url')
  for (const at of [0, 3, 4, 15, 16, 31, 32, 100, bytes.length - 1]) {
    const altered = Buffer.from(bytes)
    altered[at] = (altered[at] ?? 0) ^ 1
    expect(await follow(`${address}?_cursor=${altered.toString('base64url')}`), `byte ${at}`).toBe(410)
  }
  for (const cut of [1, 16, 31, 32, bytes.length - 1])
    expect(await follow(`${address}?_cursor=${bytes.subarray(0, cut).toString('base64url')}`)).toBe(410)
  const begun = Date.now()
  setClock(() => new Date(begun + 599_000))
  expect(await follow(link)).toBe(200)
  setClock(() => new Date(begun + 602_000))
  expect(await follow(link)).toBe(410)
})

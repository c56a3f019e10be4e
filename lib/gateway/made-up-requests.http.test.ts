import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Asked, answerOf } from '@/test/twin-answers'
import { everythingUnreleased, patientIdOf, startTwoWorlds, type Worlds, wholeSeed } from '@/test/two-worlds'

/** Requests as somebody would make them up who wants to hear of what is held: real names and ids, put together at will. */
let worlds: Worlds
let tokens: Record<'one' | 'two', string>
const mine = `"Patient/${patientIdOf('maya')}"`
const results = wholeSeed().filter(
  (one) =>
    ['Observation', 'DiagnosticReport'].includes(one.resourceType) && JSON.stringify(one).includes(mine),
)
const isHidden = ({ resourceType, id }: { resourceType: string; id: string }): boolean =>
  everythingUnreleased().includes(`${resourceType}/${id}`)
const hiddenIds = results.filter(isHidden).map(({ id }) => id)
const shownIds = results
  .filter((one) => !isHidden(one))
  .map(({ id }) => id)
  .slice(0, 3)

beforeAll(async () => {
  worlds = await startTwoWorlds()
  const [one, two] = await Promise.all([worlds.access('one', 'maya'), worlds.access('two', 'maya')])
  tokens = { one: one.token, two: two.token }
}, 60_000)
afterAll(() => worlds.stop())

const form = (body: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

function madeUp(): fc.Arbitrary<Asked> {
  const types = [
    'Observation',
    'DiagnosticReport',
    'Condition',
    'Patient',
    'Encounter',
    'observation',
    'Practitioner',
  ]
  const id = fc.constantFrom(...hiddenIds, ...shownIds, patientIdOf('maya'), patientIdOf('chloe'), 'x')
  const type = fc.oneof(fc.constant('Observation'), fc.constantFrom(...types))
  const key = fc
    .tuple(
      type,
      fc.oneof({ weight: 5, arbitrary: fc.constant('/') }, fc.constantFrom('%2F', '%2f', '//', '/./', '|')),
      id,
    )
    .map((parts) => parts.join(''))
  const name = fc
    .tuple(
      fc.constantFrom(
        '_id',
        'patient',
        'subject',
        'code',
        'category',
        'date',
        'status',
        '_lastUpdated',
        '_sort',
        '_count',
        '_total',
        '_summary',
        '_elements',
        '_include',
        '_revinclude',
        '_has:Observation:subject:_id',
        'result',
        'has-member',
        'based-on',
        'result._id',
        'performer',
        'identifier',
        '_contained',
        '_filter',
        '_query',
        '_type',
        '_profile',
        '_tag',
        '_security',
        '_format',
        '_cursor',
        'page',
        '%5Fid',
        'PATIENT',
        'encounter',
      ),
      fc.constantFrom('', '', '', ':not', ':missing', ':exact', ':Observation', ':in', ':identifier'),
    )
    .map((parts) => parts.join(''))
  const value = fc.oneof(
    id,
    key,
    fc.tuple(id, id).map(([a, b]) => `${a},${b}`),
    fc.constantFrom(
      '',
      '*',
      '1',
      '2',
      '200',
      '-date',
      'date',
      'accurate',
      'count',
      'true',
      'false',
      'laboratory',
      'LAB',
      '4548-4',
      'http://loinc.org|4548-4',
      'final',
      'preliminary',
      'ge2026-11-10',
      'lt2026-11-15',
      'json',
      'Observation:based-on',
      'id',
      '%00',
      '%ff',
      '..%2f..',
    ),
  )
  const query = fc
    .array(
      fc.tuple(name, value).map((parts) => parts.join('=')),
      { maxLength: 4 },
    )
    .map((all) => all.join('&'))
  const tail = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    fc.constantFrom(
      '/_search',
      '/_history',
      '/_history/1',
      '/$everything',
      '/$lastn',
      '/',
      '/..',
      ';x',
      '%20',
      '/metadata',
    ),
  )
  const path = fc
    .tuple(fc.oneof(key, type, type), tail, query)
    .map(([head, more, asked]) => `${head}${more}${asked ? `?${asked}` : ''}`)
  const init = fc.oneof(
    { weight: 5, arbitrary: fc.constant<RequestInit>({}) },
    fc.constantFrom('HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH').map((method): RequestInit => ({ method })),
    query.map((body): RequestInit => form(body)),
    fc
      .constantFrom('if-none-match', 'if-modified-since', 'if-match', 'range', 'prefer', 'accept')
      .chain((header) =>
        fc
          .constantFrom(
            '*',
            'W/"1"',
            'Sat, 01 Jan 2000 00:00:00 GMT',
            'bytes=0-1',
            'handling=lenient',
            'text/html',
          )
          .map((v): RequestInit => ({ headers: { [header]: v } })),
      ),
  )
  return fc.record({ path, init })
}

it('[release-B9] whatever is asked, what is held is as if it had never been written', {
  timeout: 120_000,
}, async () => {
  expect(hiddenIds.length).toBeGreaterThan(0)
  await fc.assert(
    fc.asyncProperty(madeUp(), async (asked) => {
      const held = await answerOf(worlds, { world: 'one', token: tokens.one }, asked)
      const never = await answerOf(worlds, { world: 'two', token: tokens.two }, asked)
      expect(held.text).toBe(never.text)
      expect(held.text).not.toMatch(/^5/)
      expect(held.text.replaceAll(asked.path, '')).not.toContain(`Patient/${patientIdOf('chloe')}`)
    }),
    { numRuns: 200 },
  )
})

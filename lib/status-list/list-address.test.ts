import { beforeEach, expect, test } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { forgetOnce } from '@/lib/process/once'
import { findList, listNameOf, statusClaim } from '@/lib/status-list/list-address'
import { testConfig, testSecret } from '@/test/test-config'

const at = new Date('2026-11-23T08:30:00Z')
const use = (secrets: string): void => {
  forgetOnce('keys.status-list')
  setConfig(testConfig({ VESTIBULE_SECRETS: secrets }))
}
beforeEach(() => use(testSecret))

const idOf = (uri: string): string => uri.split('/').at(-1) ?? ''

test('[TSL-index] no two tokens of a list share an index, and every index is used', () => {
  const seen = new Set(
    Array.from({ length: 65_536 }, (_, number) => statusClaim(65_536 + number, at).status_list.idx),
  )
  expect(seen.size).toBe(65_536)
  expect(Math.max(...seen)).toBe(65_535)
})

test('[TSL-index] neither index nor address tells which token came after which, or how many there are', () => {
  const claims = Array.from({ length: 2_000 }, (_, number) => statusClaim(number, at).status_list)
  const steps = claims.slice(1).map(({ idx }, place) => idx - (claims[place]?.idx ?? 0))
  expect(new Set(steps).size).toBeGreaterThan(1_900)
  const rising = steps.filter((step) => step > 0).length
  expect(rising).toBeGreaterThan(900)
  expect(rising).toBeLessThan(1_100)
  const ids = [0, 1, 2].map((block) => idOf(statusClaim(block * 65_536, at).status_list.uri))
  expect(new Set(ids.flatMap((id) => [id.slice(0, 4), id.slice(-4)])).size).toBe(6)
})

test('a list is one hour’s and one block’s, so that it can be forgotten', () => {
  expect(statusClaim(5, at)).toEqual(statusClaim(5, at))
  const uris = [
    statusClaim(5, at),
    statusClaim(5, new Date('2026-11-23T09:00:00Z')),
    statusClaim(65_541, at),
  ].map((claim) => claim.status_list.uri)
  expect(new Set(uris).size).toBe(3)
})

test('an id leads back to its list and index, and nothing else leads anywhere', () => {
  const { idx, uri } = statusClaim(3 * 65_536 + 77, at).status_list
  const list = findList(idOf(uri))
  expect(list).toMatchObject(listNameOf(3 * 65_536 + 77, at))
  expect(list?.indexOf(3 * 65_536 + 77)).toBe(idx)
  const id = idOf(uri)
  for (const wrong of ['', 'x', '../x', 'A'.repeat(22), `${id}A`, id.slice(1), `${id.slice(0, 21)}é`])
    expect(findList(wrong)).toBeUndefined()
})

test('after a new secret was put in front, old addresses lead where they led; without the old one nowhere', () => {
  const { idx, uri } = statusClaim(9, at).status_list
  use(`new-secret-for-this-test-0123456789,${testSecret}`)
  expect(findList(idOf(uri))?.indexOf(9)).toBe(idx)
  expect(statusClaim(9, at).status_list.uri).not.toBe(uri)
  use('new-secret-for-this-test-0123456789')
  expect(findList(idOf(uri))).toBeUndefined()
})

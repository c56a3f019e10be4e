import { afterAll, beforeAll, expect, test } from 'vitest'
import { findReturnAddress } from '@/lib/apps/return-address'
import { db } from '@/lib/db/database'
import { openTestDatabase } from '@/test/broker'

const home = 'https://portal.example/home?tab=1'
let drop: () => Promise<void>
beforeAll(async () => {
  drop = await openTestDatabase()
  const jwks = { keys: [{ kty: 'EC', kid: '1', crv: 'P-384', x: 'x', y: 'y' }] }
  await db().app.create({
    data: {
      id: 'portal',
      kind: 'backend',
      name: 'Portal',
      metadata: { jwks, scopes: ['x'], returnAddresses: [home] },
      source: 'staff',
    },
  })
})
afterAll(() => drop())

test('a portal is gone back to at exactly the address it registered', async () => {
  expect(await findReturnAddress('portal', home)).toEqual({
    portalId: 'portal',
    portal: 'Portal',
    address: home,
  })
})

test.each([
  'https://portal.example/home',
  `${home}&more=1`,
  `${home}#x`,
  'https://PORTAL.example/home?tab=1',
  'https://portal.example.evil.example/home?tab=1',
  '//portal.example/home?tab=1',
  'javascript:alert(1)',
  '',
  undefined,
  [home],
])('[9700-4.11] our pages are no way to %s', async (address) => {
  expect(await findReturnAddress('portal', address)).toBeUndefined()
})

test('[9700-4.11] an app, a stranger or a removed portal has no way back here', async () => {
  for (const id of ['lab-window', 'nobody', '', 'a\u0000b', undefined, ['portal']])
    expect(await findReturnAddress(id, home)).toBeUndefined()
  await db().app.update({ where: { id: 'portal' }, data: { removedAt: new Date() } })
  expect(await findReturnAddress('portal', home)).toBeUndefined()
})

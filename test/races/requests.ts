import { expect } from 'vitest'
import { db } from '@/lib/db/database'
import { atOnce, type Race, withStatus } from '@/test/races/race'
import { acceptForm, cookieHeader, requestIdOf } from '@/test/smart-world'

/** What a person's way from the app's request to its answer hangs on. */
export const requestRaces: readonly Race[] = [
  {
    title: '[9126-4] a pushed request: one browser takes it up',
    run: async ({ world }) => {
      const { query } = world.parameters()
      const pushed = await world.post('/oauth/par', Object.fromEntries(query))
      const { request_uri: reference } = (await pushed.json()) as { request_uri: string }
      const taken = new URLSearchParams({ client_id: 'test-app', request_uri: reference })
      const answers = await atOnce(() => world.begin(undefined, taken))
      expect(withStatus(answers, 303)).toHaveLength(1)
    },
  },
  {
    title: '[L2] a launch: one request is stored, with one audit row',
    run: async ({ world, visitor, portal }) => {
      const { launch } = await portal.launch(visitor)
      const scope = 'launch openid patient/Patient.rs'
      const { query } = world.parameters({ scope, launch })
      const { launchId } = await countSince(async () => {
        const answers = await atOnce(() => world.begin(undefined, query))
        const begun = answers.filter((one) => one.headers.get('location')?.startsWith('/authorize/'))
        expect(begun).toHaveLength(1)
      })
      expect(await db().authorizationRequest.count({ where: { launchId } })).toBe(1)
    },
  },
  {
    title: '[L2] the ticket of a vouched launch: one browser gets it',
    run: async ({ visitor, portal }) => {
      const { address } = await portal.launch(visitor, { vouched: true })
      const answers = await atOnce(() => fetch(address, { redirect: 'manual' }))
      expect(withStatus(answers, 303)).toHaveLength(1)
      expect(answers.filter((one) => one.headers.getSetCookie().length > 0)).toHaveLength(1)
    },
  },
  {
    title: '[L2] the word of a portal for a person: one launch is made of it',
    run: async ({ visitor, portal }) => {
      const assertion = await portal.vouch(visitor)
      const before = await db().launch.count()
      const order = { app: 'test-app', ehr: 'demo', patient: await patientOf(visitor.session.accountId) }
      const answers = await atOnce(() => portal.order({ ...order, assertion }))
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
      expect(await db().launch.count()).toBe(before + 1)
    },
  },
  {
    title: '[6749-10.12] a consent page: one yes is one grant, one code, one audit row',
    run: async ({ world, visitor }) => {
      const id = requestIdOf(await world.begin(visitor, world.parameters().query))
      const form = acceptForm(await world.view(visitor, id))
      const { accountId } = visitor.session
      const grants = await db().grant.count({ where: { accountId } })
      const rows = await db().auditEvent.count({ where: { name: 'grant.created', accountId } })
      await atOnce(() => world.decide(visitor, id, form))
      expect(await db().grant.count({ where: { accountId } })).toBe(grants + 1)
      expect(await db().auditEvent.count({ where: { name: 'grant.created', accountId } })).toBe(rows + 1)
      expect((await world.leave(visitor, id)).searchParams.get('code')).toHaveLength(43)
    },
  },
  {
    title:
      '[6749-10.12] eight consent pages of one person for one app: no yes is written beside one it did not know',
    run: async ({ world, visitor }) => {
      const ids = await Promise.all(
        Array.from({ length: 8 }, async () =>
          requestIdOf(await world.begin(visitor, world.parameters().query)),
        ),
      )
      const forms = await Promise.all(ids.map(async (id) => acceptForm(await world.view(visitor, id))))
      const { accountId } = visitor.session
      const before = await db().grant.count({ where: { accountId } })
      await atOnce((place) => world.decide(visitor, ids[place % 8] ?? '', forms[place % 8] ?? {}))
      const approved = await db().authorizationRequest.count({
        where: { id: { in: ids }, status: 'approved' },
      })
      expect(await db().grant.count({ where: { accountId } })).toBe(before + approved)
      const { consentCount } = await db().link.findFirstOrThrow({ where: { accountId } })
      expect(consentCount).toBe(before + approved)
    },
  },
  {
    title: '[6749-4.1.2] the page that leads back to the app: its code is shown once',
    run: async ({ world, visitor }) => {
      const id = requestIdOf(await world.begin(visitor, world.parameters().query))
      await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
      const headers = { cookie: cookieHeader(visitor) }
      const answers = await atOnce(() => fetch(`${world.url}/oauth/authorize/${id}/leave`, { headers }))
      expect(withStatus(answers, 200)).toHaveLength(1)
      expect(withStatus(answers, 400)).toHaveLength(answers.length - 1)
    },
  },
]

/** The launch that was spent by `act`, which has one audit row. */
async function countSince(act: () => Promise<void>): Promise<{ readonly launchId: string }> {
  const before = await db().auditEvent.count({ where: { name: 'launch.spent' } })
  await act()
  expect(await db().auditEvent.count({ where: { name: 'launch.spent' } })).toBe(before + 1)
  const { id } = await db().launch.findFirstOrThrow({
    where: { spentAt: { not: null } },
    orderBy: { spentAt: 'desc' },
  })
  return { launchId: id }
}

async function patientOf(accountId: string): Promise<string> {
  const { patientId } = await db().link.findFirstOrThrow({ where: { accountId, status: 'active' } })
  return patientId
}

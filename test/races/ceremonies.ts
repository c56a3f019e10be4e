import { expect } from 'vitest'
import { randomToken } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { confirmLink } from '@/lib/journeys/confirm-link'
import { redeemCode } from '@/lib/journeys/redeem-code'
import { searchCharts } from '@/lib/journeys/staff-charts'
import { giveStepUpCode, redeemStepUpCode } from '@/lib/journeys/step-up-code'
import { now } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { atOnce, type Race } from '@/test/races/race'

/** What proves to whom a chart belongs, and that they are there. */
export const ceremonyRaces: readonly Race[] = [
  {
    title: '[link-A7.1] an activation code: of many sign-ins that proved it one opens the chart',
    run: async ({ world }) => {
      const who = person('maya')
      const { normal } = await world.issue(who)
      await db().link.updateMany({ where: { patientId: who.patientId }, data: { status: 'ended' } })
      const [first, second] = [await world.signIn(), await world.signIn()]
      const propose = async (session: typeof first): Promise<string> => {
        const entry = { code: normal, birthDate: who.birthDate }
        const redeemed = await redeemCode(session, entry, { now: now(), padMilliseconds: 0 })
        if (redeemed.outcome !== 'proposed') throw new Error(redeemed.reason)
        return redeemed.proposalId
      }
      const proposals = [await propose(first), await propose(second)]
      const answers = await atOnce((place) =>
        confirmLink(place % 2 ? second : first, proposals[place % 2] ?? '', { now: now() }),
      )
      expect(answers.filter(({ outcome }) => outcome === 'linked')).toHaveLength(1)
      const accounts = { in: [first.accountId, second.accountId] }
      expect(await db().link.count({ where: { accountId: accounts } })).toBe(1)
      const created = { name: 'link.created', accountId: accounts }
      expect(await db().auditEvent.count({ where: created })).toBe(1)
    },
  },
  {
    title: '[9470] a code from the desk: one session is raised, once',
    run: async ({ world, staff }) => {
      const { session } = await world.visitor('ingrid')
      const { accountId } = session
      const { id: linkId } = await db().link.findFirstOrThrow({
        where: { accountId, relationship: 'self', status: 'active' },
      })
      const query = { by: 'mrn', mrn: person('ingrid').mrn } as const
      const found = await searchCharts(staff, { ehrId: 'demo', reason: 'patient-here', query }, now())
      const handle = found.outcome === 'found' ? (found.hits[0]?.handle ?? '') : ''
      const order = { linkId, identification: 'photo-id', formKey: randomToken(), now: now() } as const
      const given = await giveStepUpCode(staff, handle, order)
      if (given.outcome === 'refused') throw new Error(given.reason)
      const answers = await atOnce(() => redeemStepUpCode(session, given.code, now()))
      expect(answers.filter(({ outcome }) => outcome === 'raised')).toHaveLength(1)
      const raised = { name: 'session.stepped-up', accountId }
      expect(await db().auditEvent.count({ where: raised })).toBe(1)
    },
  },
]

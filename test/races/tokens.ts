import { decodeJwt } from 'jose'
import { expect } from 'vitest'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { atOnce, type Race, withStatus } from '@/test/races/race'
import type { SmartWorld, Visitor } from '@/test/smart-world'

type Tokens = { readonly access_token: string; readonly refresh_token: string }

/** What is exchanged for tokens. */
export const tokenRaces: readonly Race[] = [
  {
    title: '[6749-4.1.2] a code: one wins, and what it gave ends with the others',
    run: async ({ world, visitor }) => {
      const landing = await world.allow(visitor)
      const answers = await atOnce(() => world.exchange(landing))
      expect(withStatus(answers, 200)).toHaveLength(1)
      const code = await db().authorizationCode.findUniqueOrThrow({
        where: { digest: sha256(landing.code) },
        include: { grant: true },
      })
      expect(code.grant?.endedWhy).toBe('code-replayed')
      expect(await db().accessToken.count({ where: { grantId: code.grantId } })).toBe(1)
      const exchanged = { name: 'authorization-code.exchanged', grantId: code.grantId }
      expect(await db().auditEvent.count({ where: exchanged })).toBe(1)
    },
  },
  {
    title:
      '[9700-4.14] a refresh token, the same request: one successor for all, one access token, one audit row',
    run: async ({ world, visitor }) => {
      const first = await firstTokens(world, visitor)
      const answers = await atOnce(() => world.refresh(first.refresh_token))
      expect(answers.filter(({ status }) => status !== 200).map(({ status }) => status)).toEqual([])
      const tokens = await tokensOf(answers)
      expect(new Set(tokens.map((one) => one.refresh_token)).size).toBe(1)
      expect(new Set(tokens.map((one) => decodeJwt(one.access_token).jti)).size).toBe(1)
      const family = await familyOf(first.refresh_token)
      expect([family.endedAt, family.tokens.length]).toEqual([null, 2])
      const exchanged = { name: 'refresh.exchanged', grantId: family.grantId }
      expect(await db().auditEvent.count({ where: exchanged })).toBe(1)
    },
  },
  {
    title: '[9700-4.14] a refresh token, different requests: one successor, and the family ends',
    run: async ({ world, visitor }) => {
      const first = await firstTokens(world, visitor)
      const answers = await atOnce((place) =>
        world.refresh(first.refresh_token, { scope: scopesInTurn[place % 2] ?? '' }),
      )
      const tokens = await tokensOf(withStatus(answers, 200))
      expect(new Set(tokens.map((one) => one.refresh_token)).size).toBe(1)
      const family = await familyOf(first.refresh_token)
      expect([family.endedWhy, family.tokens.length]).toEqual(['replayed', 2])
      const replayed = { name: 'refresh.replayed', grantId: family.grantId }
      expect(await db().auditEvent.count({ where: replayed })).toBe(1)
    },
  },
]

const scopesInTurn = ['patient/Patient.rs', 'patient/Observation.rs']

async function tokensOf(answers: readonly Response[]): Promise<readonly Tokens[]> {
  return Promise.all(answers.map(async (one) => (await one.json()) as Tokens))
}

async function firstTokens(world: SmartWorld, visitor: Visitor): Promise<Tokens> {
  return (await (await world.exchange(await world.allow(visitor))).json()) as Tokens
}

async function familyOf(token: string) {
  const { family } = await db().refreshToken.findUniqueOrThrow({
    where: { digest: sha256(token) },
    include: { family: { include: { tokens: true } } },
  })
  return family
}

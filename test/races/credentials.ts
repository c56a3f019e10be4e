import { decodeJwt } from 'jose'
import { expect } from 'vitest'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { proofOf } from '@/test/backend-client'
import type { SmartWorld, Visitor } from '@/test/smart-world'

/** One fresh credential: how it is used, and what has to be true of the answers and of what stands in the database. */
export type Prepared = {
  use(place: number): Promise<Response>
  judge(answers: readonly Response[]): Promise<void>
}

/** A credential that counts once. */
export type Race = {
  /** Begins with the ids of the rules it holds. */
  readonly title: string
  prepare(world: SmartWorld, visitor: Visitor): Promise<Prepared>
}

type Tokens = { readonly access_token: string; readonly refresh_token: string }

const good = (answers: readonly Response[]): readonly Response[] =>
  answers.filter(({ status }) => status === 200)

/** Every credential that this file knows to be spent once, one entry each. */
export const races: readonly Race[] = [
  {
    title: '[6749-4.1.2] a code: one wins, and what it gave ends with the others',
    prepare: async (world, visitor) => {
      const landing = await world.allow(visitor)
      return {
        use: () => world.exchange(landing),
        judge: async (answers) => {
          expect(good(answers)).toHaveLength(1)
          const code = await db().authorizationCode.findUniqueOrThrow({
            where: { digest: sha256(landing.code) },
            include: { grant: true },
          })
          expect(code.grant?.endedWhy).toBe('code-replayed')
          expect(await db().accessToken.count({ where: { grantId: code.grantId } })).toBe(1)
          const exchanged = { name: 'authorization-code.exchanged', grantId: code.grantId }
          expect(await db().auditEvent.count({ where: exchanged })).toBe(1)
        },
      }
    },
  },
  {
    title:
      '[9700-4.14] a refresh token, the same request: one successor for all, one access token, one audit row',
    prepare: async (world, visitor) => {
      const first = await firstTokens(world, visitor)
      return {
        use: () => world.refresh(first.refresh_token),
        judge: async (answers) => {
          expect(good(answers)).toHaveLength(answers.length)
          const tokens = await Promise.all(answers.map(async (one) => (await one.json()) as Tokens))
          expect(new Set(tokens.map((one) => one.refresh_token)).size).toBe(1)
          expect(new Set(tokens.map((one) => decodeJwt(one.access_token).jti)).size).toBe(1)
          const family = await familyOf(first.refresh_token)
          expect([family.endedAt, family.tokens.length]).toEqual([null, 2])
          const exchanged = { name: 'refresh.exchanged', grantId: family.grantId }
          expect(await db().auditEvent.count({ where: exchanged })).toBe(1)
        },
      }
    },
  },
  {
    title: '[9700-4.14] a refresh token, different requests: one successor, and the family ends',
    prepare: async (world, visitor) => {
      const first = await firstTokens(world, visitor)
      return {
        use: (place) => world.refresh(first.refresh_token, { scope: scopesInTurn[place % 2] ?? '' }),
        judge: async (answers) => {
          const tokens = await Promise.all(good(answers).map(async (one) => (await one.json()) as Tokens))
          expect(new Set(tokens.map((one) => one.refresh_token)).size).toBe(1)
          const family = await familyOf(first.refresh_token)
          expect([family.endedWhy, family.tokens.length]).toEqual(['replayed', 2])
          const replayed = { name: 'refresh.replayed', grantId: family.grantId }
          expect(await db().auditEvent.count({ where: replayed })).toBe(1)
        },
      }
    },
  },
  {
    title: '[J4] a client assertion: one is answered',
    prepare: async (world) => {
      const form = {
        grant_type: 'client_credentials',
        scope: 'system/Patient.rs',
        ...(await proofOf(world, 'printer')),
      }
      return {
        use: () => world.post('/oauth/token', form),
        judge: async (answers) => expect(good(answers)).toHaveLength(1),
      }
    },
  },
  {
    title: '[9126-4] a pushed request: one browser takes it up',
    prepare: async (world) => {
      const { query } = world.parameters()
      const pushed = await world.post('/oauth/par', Object.fromEntries(query))
      const { request_uri: reference } = (await pushed.json()) as { request_uri: string }
      const taken = new URLSearchParams({ client_id: 'test-app', request_uri: reference })
      return {
        use: () => world.begin(undefined, taken),
        judge: async (answers) => expect(answers.filter(({ status }) => status === 303)).toHaveLength(1),
      }
    },
  },
]

const scopesInTurn = ['patient/Patient.rs', 'patient/Observation.rs']

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

import { expect } from 'vitest'
import { db } from '@/lib/db/database'
import { proofOf } from '@/test/backend-client'
import { createDpopClient } from '@/test/dpop-client'
import { atOnce, type Race, withStatus } from '@/test/races/race'

/** What a client proves itself with. */
export const proofRaces: readonly Race[] = [
  {
    title: '[J4] a client assertion: one is answered',
    run: async ({ world }) => {
      const asked = { grant_type: 'client_credentials', scope: 'system/Patient.rs' }
      const form = { ...asked, ...(await proofOf(world, 'printer')) }
      const answers = await atOnce(() => world.post('/oauth/token', form))
      expect(withStatus(answers, 200)).toHaveLength(1)
    },
  },
  {
    title: '[9449-4.3] a proof of possession at the token endpoints: one request is taken',
    run: async ({ world }) => {
      const client = await createDpopClient()
      const { query } = world.parameters()
      const dpop = await client.prove({ htu: `${world.url}/oauth/par` })
      const before = await db().pushedRequest.count()
      const answers = await atOnce(() => world.post('/oauth/par', Object.fromEntries(query), { dpop }))
      expect(withStatus(answers, 201)).toHaveLength(1)
      expect(await db().pushedRequest.count()).toBe(before + 1)
    },
  },
  {
    title: '[9449-4.3] a proof of possession at the gateway: one request is answered',
    run: async ({ world, visitor }) => {
      const client = await createDpopClient()
      const proof = await client.prove({ htu: `${world.url}/oauth/token` })
      const { code, verifier, redirectUri } = await world.allow(visitor)
      const exchange = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        client_id: 'test-app',
      }
      const given = await world.post('/oauth/token', exchange, { dpop: proof })
      const { access_token: accessToken, patient } = (await given.json()) as Record<string, string>
      const htu = `${world.audience}/Patient/${patient}`
      const dpop = await client.prove({ htm: 'GET', htu, accessToken: accessToken ?? '' })
      const headers = { authorization: `DPoP ${accessToken}`, dpop }
      const answers = await atOnce(() => fetch(htu, { headers }))
      expect(withStatus(answers, 200)).toHaveLength(1)
      expect(withStatus(answers, 401)).toHaveLength(answers.length - 1)
    },
  },
]

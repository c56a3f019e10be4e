import { exchange, post } from '@/test/differential/ask'
import type { Case } from '@/test/differential/corpus-authorize'
import { clients, type Side } from '@/test/differential/side'
import { createDpopClient, type DpopClient, type ProofWish } from '@/test/dpop-client'
import type { RawAnswer } from '@/test/hostile/send'

type Proof = (side: Side, key: DpopClient) => Promise<string>

const proof =
  (wish: Partial<ProofWish> = {}): Proof =>
  (side, key) =>
    key.prove({ htu: `${side.url}${side.paths.token}`, ...wish })

const seconds = (): number => Math.floor(Date.now() / 1000)

const proofs: Readonly<Record<string, Proof>> = {
  'as it should be': proof(),
  'signed RS256': async (side) => proof()(side, await createDpopClient('RS256')),
  'signed PS256': async (side) => proof()(side, await createDpopClient('PS256')),
  garbage: async () => 'x',
  'two joined': async (side, key) => [await proof()(side, key), await proof()(side, key)].join(', '),
  'typ missing': proof({ header: { typ: undefined } }),
  'typ JWT': proof({ header: { typ: 'JWT' } }),
  'jwk missing': proof({ header: { jwk: undefined } }),
  'jwk of another': async (side, key) =>
    proof({ header: { jwk: (await createDpopClient()).jwk } })(side, key),
  'a private jwk': async (side, key) => proof({ header: { jwk: { ...key.jwk, d: key.jwk.x } } })(side, key),
  'htm GET': proof({ htm: 'GET' }),
  'htm missing': proof({ claims: { htm: undefined } }),
  'htu of another host': proof({ htu: 'https://elsewhere.example/token' }),
  'htu missing': proof({ claims: { htu: undefined } }),
  'htu with a query': (side, key) => key.prove({ htu: `${side.url}${side.paths.token}?a=b#c` }),
  'htu with a slash more': (side, key) => key.prove({ htu: `${side.url}${side.paths.token}/` }),
  'iat missing': proof({ claims: { iat: undefined } }),
  'iat in words': proof({ claims: { iat: 'now' } }),
  'iat ten seconds ahead': (side, key) => proof({ claims: { iat: seconds() + 10 } })(side, key),
  'iat ten seconds ago': (side, key) => proof({ claims: { iat: seconds() - 10 } })(side, key),
  'iat ten minutes ago': (side, key) => proof({ claims: { iat: seconds() - 600 } })(side, key),
  'iat two hours ago': (side, key) => proof({ claims: { iat: seconds() - 7200 } })(side, key),
  'iat two hours ahead': (side, key) => proof({ claims: { iat: seconds() + 7200 } })(side, key),
  'jti missing': proof({ claims: { jti: undefined } }),
  'jti empty': proof({ claims: { jti: '' } }),
  'a nonce never given': proof({ claims: { nonce: 'never-given' } }),
}

/** Requests with a proof of possession. */
export const proofCases: readonly Case[] = [
  ...Object.entries(proofs).map(([name, make]) => ({
    name: `dpop: ${name}`,
    send: async (side: Side) => {
      const dpop = await make(side, await createDpopClient())
      return exchange(side, await side.giveCode(), {}, { headers: { dpop } })
    },
  })),
  {
    name: 'dpop: sent twice',
    send: async (side) => {
      const dpop = await proof()(side, await createDpopClient())
      await exchange(side, await side.giveCode(), {}, { headers: { dpop } })
      return exchange(side, await side.giveCode(), {}, { headers: { dpop } })
    },
  },
  {
    name: 'dpop: a bound code with its key',
    send: async (side) => {
      const key = await createDpopClient()
      const given = await side.giveCode({ jkt: key.jkt })
      return exchange(side, given, {}, { headers: { dpop: await proof()(side, key) } })
    },
  },
  {
    name: 'dpop: a bound code with another key',
    send: async (side) => {
      const given = await side.giveCode({ jkt: (await createDpopClient()).jkt })
      return exchange(side, given, {}, { headers: { dpop: await proof()(side, await createDpopClient()) } })
    },
  },
  {
    name: 'dpop: a bound code without a proof',
    send: async (side) => exchange(side, await side.giveCode({ jkt: (await createDpopClient()).jkt })),
  },
  {
    name: 'dpop: a bound refresh with its key',
    send: (side) => refreshBound(side, (key) => proof()(side, key)),
  },
  {
    name: 'dpop: a bound refresh with another key',
    send: (side) => refreshBound(side, async () => proof()(side, await createDpopClient())),
  },
  {
    name: 'dpop: a bound refresh without a proof',
    send: (side) => refreshBound(side, async () => undefined),
  },
]

async function refreshBound(
  side: Side,
  prove: (key: DpopClient) => Promise<string | undefined>,
): Promise<RawAnswer> {
  const key = await createDpopClient()
  const dpop = await proof()(side, key)
  const answer = await exchange(side, await side.giveCode(), {}, { headers: { dpop } })
  const { refresh_token: token } = JSON.parse(answer.text) as { refresh_token: string }
  const next = await prove(key)
  return post(
    side,
    'token',
    [
      ['grant_type', 'refresh_token'],
      ['refresh_token', token],
      ['client_id', clients.app.id],
    ],
    next === undefined ? {} : { dpop: next },
  )
}

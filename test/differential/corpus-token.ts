import {
  ask,
  basic,
  type Changes,
  exchange,
  giveTokens,
  post,
  push,
  readJson,
  refresh,
} from '@/test/differential/ask'
import type { Case } from '@/test/differential/corpus-authorize'
import { challengeOf, clients, type Side } from '@/test/differential/side'
import { createDpopClient, type DpopClient, type ProofWish } from '@/test/dpop-client'
import { formHeaders, type RawAnswer } from '@/test/hostile/send'

const codeChanges: Readonly<Record<string, Changes>> = {
  'as it should be': {},
  'grant_type missing': { grant_type: undefined },
  'grant_type unknown': { grant_type: 'magic' },
  'grant_type password': { grant_type: 'password', username: 'u', password: 'p' },
  'grant_type implicit': { grant_type: 'implicit' },
  'grant_type device': { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' },
  'grant_type token exchange': { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' },
  'grant_type jwt-bearer': { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'x' },
  'grant_type of Object.prototype': { grant_type: '__proto__' },
  'grant_type client_credentials of a public app': { grant_type: 'client_credentials' },
  'code missing': { code: undefined },
  'code empty': { code: '' },
  'code unknown': { code: 'never-given' },
  'code with a line break': { code: 'a\nb' },
  'redirect_uri missing': { redirect_uri: undefined },
  'redirect_uri another': { redirect_uri: 'https://app.example/cb' },
  'code_verifier missing': { code_verifier: undefined },
  'code_verifier wrong': { code_verifier: 'w'.repeat(43) },
  'code_verifier short': { code_verifier: 'w'.repeat(42) },
  'code_verifier long': { code_verifier: 'w'.repeat(129) },
  'code_verifier of other characters': { code_verifier: `${'w'.repeat(42)}!` },
  'client_id missing': { client_id: undefined },
  'client_id unknown': { client_id: 'nobody' },
  'client_id another': { client_id: clients.other.id },
  'client_id of a confidential app': { client_id: clients.secret.id },
  'client_secret of an app without one': { client_secret: 'x' },
  'client_assertion garbage': {
    client_assertion: 'x',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  },
  'client_assertion of unknown type': { client_assertion: 'e30.e30.', client_assertion_type: 'magic' },
  'client_assertion without type': { client_assertion: 'e30.e30.' },
  'resource unknown': { resource: 'https://elsewhere.example/fhir' },
  'resource relative': { resource: '/fhir' },
  'scope beside a code': { scope: 'openid' },
  'an unknown parameter': { magic: 'x' },
}

const headers: Readonly<Record<string, string>> = {
  'Basic garbage': 'Basic %%%',
  'Basic without a colon': `Basic ${Buffer.from('test-app').toString('base64')}`,
  'Basic of an app without a secret': basic(clients.app.id, 'x'),
  'Basic with an empty secret': basic(clients.app.id, ''),
  'Basic of nobody': basic('nobody', 'x'),
  'Basic with a wrong secret': basic(clients.secret.id, 'x'),
  'Basic that cannot be decoded': basic('%zz', '%zz'),
  Bearer: 'Bearer x',
  'an unknown scheme': 'Magic x',
}

/** Requests for the tokens of a code. */
export const codeCases: readonly Case[] = [
  ...Object.entries(codeChanges).map(([name, changes]) => ({
    name: `token: ${name}`,
    send: async (side: Side) => exchange(side, await side.giveCode(), changes),
  })),
  {
    name: 'token: code_verifier the challenge itself',
    send: async (side) => {
      const given = await side.giveCode()
      return exchange(side, given, { code_verifier: challengeOf(given.verifier) })
    },
  },
  {
    name: 'token: the code used again',
    send: async (side) => {
      const given = await side.giveCode()
      await exchange(side, given)
      return exchange(side, given)
    },
  },
  {
    name: 'token: refresh after its code was used again',
    send: async (side) => {
      const given = await side.giveCode()
      const first = JSON.parse((await exchange(side, given)).text) as { refresh_token: string }
      await exchange(side, given)
      return refresh(side, first.refresh_token)
    },
  },
  {
    name: 'token: code after a wrong verifier',
    send: async (side) => {
      const given = await side.giveCode()
      await exchange(side, given, { code_verifier: 'w'.repeat(43) })
      return exchange(side, given)
    },
  },
  {
    name: 'token: code after another app tried it',
    send: async (side) => {
      const given = await side.giveCode()
      await exchange(side, given, { client_id: clients.other.id })
      return exchange(side, given)
    },
  },
  ...(['grant_type', 'code', 'client_id', 'code_verifier', 'redirect_uri'] as const).map((name) => ({
    name: `token: ${name} twice`,
    send: async (side: Side) => exchange(side, await side.giveCode(), {}, { more: [[name, 'x']] }),
  })),
  ...Object.entries(headers).map(([name, authorization]) => ({
    name: `token: ${name}`,
    send: async (side: Side) =>
      exchange(side, await side.giveCode(), { client_id: undefined }, { headers: { authorization } }),
  })),
  {
    name: 'token: Basic and a secret in the body',
    send: async (side) =>
      exchange(
        side,
        await side.giveCode(),
        { client_secret: 'x' },
        { headers: { authorization: basic(clients.secret.id, 'x') } },
      ),
  },
  ...['GET', 'PUT', 'DELETE', 'HEAD'].map((method) => ({
    name: `token: ${method}`,
    send: (side: Side) => ask(side, 'token', { method }),
  })),
  {
    name: 'token: JSON',
    send: (side) =>
      ask(side, 'token', {
        body: '{"grant_type":"authorization_code"}',
        headers: { 'content-type': 'application/json' },
      }),
  },
  {
    name: 'token: multipart',
    send: (side) =>
      ask(side, 'token', { body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } }),
  },
  { name: 'token: no content type', send: (side) => ask(side, 'token', { body: 'grant_type=x' }) },
  { name: 'token: nothing', send: (side) => ask(side, 'token', { body: '', headers: formHeaders }) },
  {
    name: 'token: malformed',
    send: (side) => ask(side, 'token', { body: 'client_id=test-app&grant_type=%', headers: formHeaders }),
  },
  {
    name: 'token: the secret in the address',
    send: (side) =>
      ask(side, 'token', {
        target: `${side.paths.token}?client_id=${clients.secret.id}&client_secret=x`,
        body: 'grant_type=authorization_code&code=x',
        headers: formHeaders,
      }),
  },
]

const refreshChanges: Readonly<Record<string, Changes>> = {
  'as it should be': {},
  'refresh_token missing': { refresh_token: undefined },
  'refresh_token unknown': { refresh_token: 'never-given' },
  'client_id another': { client_id: clients.other.id },
  'client_id unknown': { client_id: 'nobody' },
  'client_id missing': { client_id: undefined },
  'scope narrower': { scope: 'openid patient/Patient.rs' },
  'scope the same': { scope: 'openid offline_access patient/Patient.rs patient/Observation.rs' },
  'scope wider': { scope: 'openid patient/Patient.rs patient/Condition.rs' },
  'scope unknown': { scope: 'magic' },
  'resource unknown': { resource: 'https://elsewhere.example/fhir' },
  'a code beside it': { code: 'x' },
}

/** Requests that refresh. */
export const refreshCases: readonly Case[] = [
  ...Object.entries(refreshChanges).map(([name, changes]) => ({
    name: `refresh: ${name}`,
    send: async (side: Side) => refresh(side, (await giveTokens(side)).refresh, changes),
  })),
  {
    name: 'refresh: twice at once',
    send: async (side) => {
      const { refresh: token } = await giveTokens(side)
      await refresh(side, token)
      return refresh(side, token)
    },
  },
  {
    name: 'refresh: a spent one after its successor was used',
    send: async (side) => {
      const { refresh: token } = await giveTokens(side)
      const next = JSON.parse((await refresh(side, token)).text) as { refresh_token: string }
      await refresh(side, next.refresh_token)
      return refresh(side, token)
    },
  },
  {
    name: 'refresh: after another app tried it',
    send: async (side) => {
      const { refresh: token } = await giveTokens(side)
      await refresh(side, token, { client_id: clients.other.id })
      return refresh(side, token)
    },
  },
  {
    name: 'refresh: an access token in its place',
    send: async (side) => refresh(side, (await giveTokens(side)).access),
  },
  {
    name: 'refresh: scope twice',
    send: async (side) =>
      refresh(side, (await giveTokens(side)).refresh, { scope: 'openid' }, [['scope', 'openid']]),
  },
]

const encoded = (text: string): string =>
  text.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)

/** How the app with a secret may try to prove itself: headers, and what stands in the body. */
const credentials: Readonly<
  Record<string, (side: Side) => { readonly authorization?: string; readonly body?: Changes }>
> = {
  'as it should be': ({ secret }) => ({ authorization: basic(clients.secret.id, secret) }),
  'scheme in lower case': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret).replace('Basic', 'basic'),
  }),
  'form-encoded before base64': ({ secret }) => ({
    authorization: basic(encoded(clients.secret.id), encoded(secret)),
  }),
  'client_id in the body too': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret),
    body: { client_id: clients.secret.id },
  }),
  'another client_id in the body': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret),
    body: { client_id: clients.app.id },
  }),
  'the secret in the body instead': ({ secret }) => ({
    body: { client_id: clients.secret.id, client_secret: secret },
  }),
  'the secret in both': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret),
    body: { client_secret: secret },
  }),
  'a secret one letter short': ({ secret }) => ({ authorization: basic(clients.secret.id, secret.slice(1)) }),
  'a secret one letter longer': ({ secret }) => ({ authorization: basic(clients.secret.id, `${secret}x`) }),
  'an empty secret': () => ({ authorization: basic(clients.secret.id, '') }),
  'no proof at all': () => ({ body: { client_id: clients.secret.id } }),
  'an assertion signed with the secret': () => ({
    body: {
      client_id: clients.secret.id,
      client_assertion: 'eyJhbGciOiJIUzI1NiJ9.e30.x',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    },
  }),
}

/** The app with a secret proves itself, or does not, at every endpoint where clients do. */
export const credentialCases: readonly Case[] = Object.entries(credentials).flatMap(
  ([name, make]): Case[] => {
    const headersOf = (side: Side): Readonly<Record<string, string>> => {
      const { authorization } = make(side)
      return authorization === undefined ? {} : { authorization }
    }
    const send = (side: Side, endpoint: 'introspect' | 'revoke', token: string): Promise<RawAnswer> =>
      post(side, endpoint, [['token', token], ...pairsOf(make(side).body ?? {})], headersOf(side))
    return [
      {
        name: `secret: ${name}, for a code`,
        send: async (side) =>
          exchange(
            side,
            await side.giveCode({ client: 'secret' }),
            { client_id: undefined, ...make(side).body },
            { headers: headersOf(side) },
          ),
      },
      { name: `secret: ${name}, revoking`, send: (side) => send(side, 'revoke', 'never-given') },
      { name: `secret: ${name}, introspecting`, send: (side) => send(side, 'introspect', 'never-given') },
      {
        name: `secret: ${name}, pushing`,
        send: (side) =>
          push(
            side,
            { client_id: clients.secret.id, redirect_uri: clients.secret.redirectUri, ...make(side).body },
            [],
            headersOf(side),
          ),
      },
    ]
  },
)

/** What the app with a secret may ask about its own tokens and other people's. */
export const askingCases: readonly Case[] = [
  {
    name: 'introspect: its own refresh token',
    send: async (side) => introspectAs(side, (await secretTokens(side))['refresh_token']),
  },
  {
    name: 'introspect: its own refresh token, hinted wrong',
    send: async (side) =>
      introspectAs(side, (await secretTokens(side))['refresh_token'], [['token_type_hint', 'access_token']]),
  },
  {
    name: 'introspect: a refresh token of another app',
    send: async (side) => introspectAs(side, (await giveTokens(side)).refresh),
  },
  {
    name: 'introspect: its own access token',
    send: async (side) => introspectAs(side, (await secretTokens(side))['access_token']),
  },
  {
    name: 'introspect: its own ID token',
    send: async (side) => introspectAs(side, (await secretTokens(side))['id_token']),
  },
  {
    name: 'introspect: token missing',
    send: (side) =>
      post(side, 'introspect', [['x', 'y']], { authorization: basic(clients.secret.id, side.secret) }),
  },
  {
    name: 'introspect: token twice',
    send: (side) => introspectAs(side, 'x', [['token', 'y']]),
  },
  {
    name: 'revoke: its own refresh token, then asked about',
    send: async (side) => {
      const { refresh_token: token } = await secretTokens(side)
      await post(side, 'revoke', [['token', String(token)]], {
        authorization: basic(clients.secret.id, side.secret),
      })
      return introspectAs(side, token)
    },
  },
]

async function secretTokens(side: Side): Promise<Readonly<Record<string, unknown>>> {
  const given = await side.giveCode({ client: 'secret' })
  const headers = { authorization: basic(clients.secret.id, side.secret) }
  return readJson(await exchange(side, given, { client_id: undefined }, { headers }))
}

function introspectAs(
  side: Side,
  token: unknown,
  more: readonly (readonly [string, string])[] = [],
): Promise<RawAnswer> {
  const authorization = basic(clients.secret.id, side.secret)
  return post(side, 'introspect', [['token', String(token)], ...more], { authorization })
}

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

const revokeChanges: Readonly<Record<string, Changes>> = {
  'a token never given': { token: 'never-given' },
  'a JWT of somebody else': { token: 'eyJhbGciOiJub25lIn0.e30.' },
  'token missing': {},
  'client_id missing': { token: 'x', client_id: undefined },
  'client_id unknown': { token: 'x', client_id: 'nobody' },
  'a hint nobody knows': { token: 'x', token_type_hint: 'magic' },
  'client_secret of an app without one': { token: 'x', client_secret: 'x' },
}

/** Requests that give tokens back. */
export const revokeCases: readonly Case[] = [
  ...Object.entries(revokeChanges).map(([name, changes]) => ({
    name: `revoke: ${name}`,
    send: (side: Side) => post(side, 'revoke', pairsOf({ client_id: clients.app.id, ...changes })),
  })),
  ...(['access_token', 'refresh_token'] as const).map((hint) => ({
    name: `revoke: a refresh token hinted as ${hint}, then refreshed`,
    send: async (side: Side) => {
      const { refresh: token } = await giveTokens(side)
      await post(side, 'revoke', pairsOf({ client_id: clients.app.id, token, token_type_hint: hint }))
      return refresh(side, token)
    },
  })),
  {
    name: 'revoke: a refresh token by another app, then refreshed',
    send: async (side) => {
      const { refresh: token } = await giveTokens(side)
      await post(side, 'revoke', pairsOf({ client_id: clients.other.id, token }))
      return refresh(side, token)
    },
  },
  {
    name: 'revoke: a refresh token by another app',
    send: async (side) =>
      post(side, 'revoke', pairsOf({ client_id: clients.other.id, token: (await giveTokens(side)).refresh })),
  },
  {
    name: 'revoke: an access token',
    send: async (side) =>
      post(side, 'revoke', pairsOf({ client_id: clients.app.id, token: (await giveTokens(side)).access })),
  },
  {
    name: 'revoke: token twice',
    send: (side) =>
      post(side, 'revoke', [
        ['client_id', clients.app.id],
        ['token', 'x'],
        ['token', 'y'],
      ]),
  },
  { name: 'revoke: GET', send: (side) => ask(side, 'revoke', { method: 'GET' }) },
  {
    name: 'revoke: JSON',
    send: (side) =>
      ask(side, 'revoke', { body: '{"token":"x"}', headers: { 'content-type': 'application/json' } }),
  },
]

const introspectChanges: Readonly<Record<string, Changes>> = {
  'by nobody': { token: 'x', client_id: undefined },
  'by a client nobody knows': { token: 'x', client_id: 'nobody' },
  'by a public app': { token: 'x', client_id: clients.app.id },
  'by a confidential app without its secret': { token: 'x', client_id: clients.secret.id },
}

/** Requests that ask about tokens. */
export const introspectCases: readonly Case[] = [
  ...Object.entries(introspectChanges).map(([name, changes]) => ({
    name: `introspect: ${name}`,
    send: (side: Side) => post(side, 'introspect', pairsOf(changes)),
  })),
  {
    name: 'introspect: with a wrong secret',
    send: (side) =>
      post(side, 'introspect', [['token', 'x']], { authorization: basic(clients.secret.id, 'x') }),
  },
  {
    name: 'introspect: Basic garbage',
    send: (side) => post(side, 'introspect', [['token', 'x']], { authorization: 'Basic %%%' }),
  },
  { name: 'introspect: GET', send: (side) => ask(side, 'introspect', { method: 'GET' }) },
  {
    name: 'introspect: JSON',
    send: (side) =>
      ask(side, 'introspect', { body: '{"token":"x"}', headers: { 'content-type': 'application/json' } }),
  },
]

const userinfoHeaders: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'without a token': {},
  'Bearer without a token': { authorization: 'Bearer' },
  'Bearer garbage': { authorization: 'Bearer x' },
  'Bearer with two tokens': { authorization: 'Bearer x y' },
  'an unsigned token': { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
  Basic: { authorization: basic('test-app', 'x') },
  'an unknown scheme': { authorization: 'Magic x' },
  'DPoP without a proof': { authorization: 'DPoP x' },
  'DPoP with garbage': { authorization: 'DPoP x', dpop: 'x' },
}

/** Requests that ask who the person is. */
export const userinfoCases: readonly Case[] = [
  ...Object.entries(userinfoHeaders).flatMap(([name, headers]) =>
    ['GET', 'POST'].map((method) => ({
      name: `userinfo: ${name}, by ${method}`,
      send: (side: Side) => ask(side, 'userinfo', { method, headers }),
    })),
  ),
  {
    name: 'userinfo: the ID token as a token',
    send: async (side) =>
      ask(side, 'userinfo', {
        method: 'GET',
        headers: { authorization: `Bearer ${(await giveTokens(side)).id}` },
      }),
  },
  {
    name: 'userinfo: the refresh token as a token',
    send: async (side) =>
      ask(side, 'userinfo', {
        method: 'GET',
        headers: { authorization: `Bearer ${(await giveTokens(side)).refresh}` },
      }),
  },
  {
    name: 'userinfo: a token in the address',
    send: (side) => ask(side, 'userinfo', { method: 'GET', target: `${side.paths.userinfo}?access_token=x` }),
  },
  {
    name: 'userinfo: a token in the body',
    send: (side) => post(side, 'userinfo', [['access_token', 'x']]),
  },
  {
    name: 'userinfo: a token in two places',
    send: (side) => post(side, 'userinfo', [['access_token', 'x']], { authorization: 'Bearer x' }),
  },
  {
    name: 'userinfo: a token twice in the body',
    send: (side) =>
      post(side, 'userinfo', [
        ['access_token', 'x'],
        ['access_token', 'y'],
      ]),
  },
  ...['PUT', 'DELETE'].map((method) => ({
    name: `userinfo: ${method}`,
    send: (side: Side) => ask(side, 'userinfo', { method }),
  })),
]

function pairsOf(changes: Changes): [string, string][] {
  return Object.entries(changes).filter((one): one is [string, string] => one[1] !== undefined)
}

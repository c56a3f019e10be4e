import {
  ask,
  basic,
  type Changes,
  exchange,
  giveTokens,
  pairsOf,
  post,
  readJson,
  refresh,
} from '@/test/differential/ask'
import type { Case } from '@/test/differential/corpus-authorize'
import { clients, type Side } from '@/test/differential/side'
import type { RawAnswer } from '@/test/hostile/send'

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

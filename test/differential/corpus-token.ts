import { ask, basic, type Changes, exchange, giveTokens, refresh } from '@/test/differential/ask'
import type { Case } from '@/test/differential/corpus-authorize'
import { challengeOf, clients, type Side } from '@/test/differential/side'
import { formHeaders } from '@/test/hostile/send'

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

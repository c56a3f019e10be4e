import { ask, type Changes, open, openQuery, push, pushed } from '@/test/differential/ask'
import { authorizationRequest, clients, type Side } from '@/test/differential/side'
import type { RawAnswer } from '@/test/hostile/send'
import { form, formHeaders } from '@/test/hostile/send'

/** One request of the corpus, sent to either server. */
export type Case = { readonly name: string; readonly send: (side: Side) => Promise<RawAnswer> }

const withChanges: Readonly<Record<string, Changes>> = {
  'as it should be': {},
  'client_id missing': { client_id: undefined },
  'client_id unknown': { client_id: 'nobody' },
  'client_id empty': { client_id: '' },
  'client_id of Object.prototype': { client_id: '__proto__' },
  'redirect_uri missing': { redirect_uri: undefined },
  'redirect_uri empty': { redirect_uri: '' },
  'redirect_uri of another app': { redirect_uri: clients.other.redirectUri },
  'redirect_uri without its query': { redirect_uri: 'https://app.example/cb' },
  'redirect_uri with more query': { redirect_uri: 'https://app.example/cb?keep=1&x=2' },
  'redirect_uri with a fragment': { redirect_uri: 'https://app.example/cb?keep=1#f' },
  'redirect_uri in another case': { redirect_uri: 'https://APP.example/cb?keep=1' },
  'redirect_uri with its port': { redirect_uri: 'https://app.example:443/cb?keep=1' },
  'redirect_uri with user information': { redirect_uri: 'https://app.example@evil.example/cb?keep=1' },
  'redirect_uri with a step up': { redirect_uri: 'https://app.example/x/../cb?keep=1' },
  'redirect_uri of a longer host': { redirect_uri: 'https://app.example.evil.example/cb?keep=1' },
  'redirect_uri by http': { redirect_uri: 'http://app.example/cb?keep=1' },
  'redirect_uri relative': { redirect_uri: '/cb' },
  'redirect_uri javascript': { redirect_uri: 'javascript:alert(1)' },
  'native: a loopback port': { client_id: clients.native.id, redirect_uri: 'http://127.0.0.1:51004/cb' },
  'native: another loopback path': {
    client_id: clients.native.id,
    redirect_uri: 'http://127.0.0.1:51004/cb2',
  },
  'native: localhost by name': { client_id: clients.native.id, redirect_uri: 'http://localhost:51004/cb' },
  'native: another loopback address': { client_id: clients.native.id, redirect_uri: 'http://127.0.0.2/cb' },
  'native: a port that is none': { client_id: clients.native.id, redirect_uri: 'http://127.0.0.1:99999/cb' },
  'native: loopback as user information': {
    client_id: clients.native.id,
    redirect_uri: 'http://127.0.0.1:80@evil.example/cb',
  },
  'native: a private scheme': { client_id: clients.native.id, redirect_uri: 'com.example.app:/cb' },
  'native: another path of the scheme': {
    client_id: clients.native.id,
    redirect_uri: 'com.example.app:/cb2',
  },
  'response_type missing': { response_type: undefined },
  'response_type token': { response_type: 'token' },
  'response_type id_token': { response_type: 'id_token' },
  'response_type code token': { response_type: 'code token' },
  'response_type none': { response_type: 'none' },
  'response_type unknown': { response_type: 'magic' },
  'scope missing': { scope: undefined },
  'scope empty': { scope: '' },
  'scope unknown': { scope: 'magic' },
  'scope with an unknown one': { scope: 'openid patient/Patient.rs magic' },
  'scope without openid': { scope: 'patient/Patient.rs' },
  'scope openid alone': { scope: 'openid' },
  'scope of a clinician': { scope: 'openid patient/Patient.rs user/Patient.rs' },
  'scope of a backend client': { scope: 'openid patient/Patient.rs system/*.read' },
  'scope of an encounter': { scope: 'openid patient/Patient.rs launch/encounter' },
  'scope with two spaces': { scope: 'openid  patient/Patient.rs' },
  'scope with quotes': { scope: 'openid "patient/Patient.rs"' },
  'state missing': { state: undefined },
  'state empty': { state: '' },
  'state long': { state: 's'.repeat(2_000) },
  'code_challenge missing': { code_challenge: undefined },
  'code_challenge and method missing': { code_challenge: undefined, code_challenge_method: undefined },
  'code_challenge short': { code_challenge: 'a'.repeat(42) },
  'code_challenge long': { code_challenge: 'a'.repeat(44) },
  'code_challenge very long': { code_challenge: 'a'.repeat(129) },
  'code_challenge padded': { code_challenge: `${'a'.repeat(42)}=` },
  'code_challenge not base64url': { code_challenge: `${'a'.repeat(42)}!` },
  'code_challenge_method missing': { code_challenge_method: undefined },
  'code_challenge_method plain': { code_challenge_method: 'plain' },
  'code_challenge_method unknown': { code_challenge_method: 'S512' },
  'code_challenge_method in lower case': { code_challenge_method: 's256' },
  'resource unknown': { resource: 'https://elsewhere.example/fhir', aud: undefined },
  'resource with a fragment': { resource: 'https://elsewhere.example/fhir#f', aud: undefined },
  'resource relative': { resource: '/fhir', aud: undefined },
  'resource and aud at odds': { resource: 'https://elsewhere.example/fhir' },
  'prompt none': { prompt: 'none' },
  'prompt login': { prompt: 'login' },
  'prompt login consent': { prompt: 'login consent' },
  'prompt none login': { prompt: 'none login' },
  'prompt unknown': { prompt: 'magic' },
  'max_age 0': { max_age: '0' },
  'max_age 3600': { max_age: '3600' },
  'max_age negative': { max_age: '-1' },
  'max_age in words': { max_age: 'soon' },
  'nonce missing': { nonce: undefined },
  'nonce of 70': { nonce: 'n'.repeat(70) },
  'response_mode query': { response_mode: 'query' },
  'response_mode fragment': { response_mode: 'fragment' },
  'response_mode form_post': { response_mode: 'form_post' },
  'response_mode unknown': { response_mode: 'magic' },
  'response_mode query.jwt': { response_mode: 'query.jwt' },
  'request unsigned': { request: 'eyJhbGciOiJub25lIn0.e30.' },
  'request garbage': { request: 'x' },
  'request_uri elsewhere': { request_uri: 'https://app.example/request.jwt' },
  'request_uri never given': { request_uri: 'urn:ietf:params:oauth:request_uri:never' },
  'request_uri empty': { request_uri: '' },
  'request and request_uri': { request: 'x', request_uri: 'https://app.example/request.jwt' },
  registration: { registration: '{}' },
  'claims malformed': { claims: '{' },
  'claims empty object': { claims: '{}' },
  'claims array': { claims: '[]' },
  'id_token_hint garbage': { id_token_hint: 'x' },
  'id_token_hint unsigned': { id_token_hint: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.' },
  authorization_details: { authorization_details: '[]' },
  'acr_values unknown': { acr_values: 'urn:example:magic' },
  login_hint: { login_hint: 'someone' },
  display: { display: 'page' },
  ui_locales: { ui_locales: 'es en' },
  'an unknown parameter': { magic: 'x' },
  'names of Object.prototype': { constructor: 'x', toString: 'y', hasOwnProperty: 'z' },
  dpop_jkt: { dpop_jkt: 'A'.repeat(43) },
  'dpop_jkt that is none': { dpop_jkt: 'short' },
  'dpop_jkt long': { dpop_jkt: 'A'.repeat(100) },
}

const repeated = [
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'prompt',
  'resource',
]

const handwritten: Readonly<Record<string, string>> = {
  nothing: '',
  'half a percent sign': 'client_id=%',
  'no UTF-8': 'client_id=%ff',
  'NUL in client_id': 'client_id=test-app%00',
  separators: '&&&=&=',
}

/** Requests to the authorization endpoint by a browser. */
export const authorizeCases: readonly Case[] = [
  ...Object.entries(withChanges).map(([name, changes]) => ({
    name: `authorize: ${name}`,
    send: (side: Side) => open(side, changes),
  })),
  ...repeated.map((parameter) => ({
    name: `authorize: ${parameter} twice`,
    send: (side: Side) =>
      open(
        side,
        {},
        authorizationRequest(side).filter(([name]) => name === parameter),
      ),
  })),
  {
    name: 'authorize: an unknown parameter twice',
    send: (side) =>
      open(side, {}, [
        ['x', '1'],
        ['x', '2'],
      ]),
  },
  ...Object.entries(handwritten).map(([name, query]) => ({
    name: `authorize: ${name}`,
    send: (side: Side) => openQuery(side, query),
  })),
  { name: 'authorize: NUL in state', send: (side) => open(side, { state: undefined }, [], '&state=%00') },
  {
    name: 'authorize: half a percent sign in state',
    send: (side) => open(side, { state: undefined }, [], '&state=%'),
  },
  {
    name: 'authorize: by POST',
    send: (side) =>
      ask(side, 'authorize', {
        body: form(authorizationRequest(side)),
        headers: { ...formHeaders, accept: 'text/html' },
      }),
  },
  {
    name: 'authorize: by POST as JSON',
    send: (side) =>
      ask(side, 'authorize', {
        body: JSON.stringify(Object.fromEntries(authorizationRequest(side))),
        headers: { 'content-type': 'application/json', accept: 'text/html' },
      }),
  },
  ...['PUT', 'DELETE', 'PATCH'].map((method) => ({
    name: `authorize: ${method}`,
    send: (side: Side) => ask(side, 'authorize', { method }),
  })),
]

const pushedChanges: readonly string[] = [
  'as it should be',
  'client_id missing',
  'client_id unknown',
  'redirect_uri missing',
  'redirect_uri of another app',
  'redirect_uri relative',
  'response_type missing',
  'response_type token',
  'scope missing',
  'scope unknown',
  'state missing',
  'code_challenge missing',
  'code_challenge short',
  'code_challenge_method plain',
  'resource unknown',
  'prompt none',
  'prompt none login',
  'max_age negative',
  'response_mode fragment',
  'request unsigned',
  'request_uri elsewhere',
  'request_uri never given',
  'registration',
  'claims malformed',
  'dpop_jkt',
  'dpop_jkt that is none',
]

/** Requests that are pushed, and what comes of their references. */
export const pushCases: readonly Case[] = [
  ...pushedChanges.map((name) => ({
    name: `par: ${name}`,
    send: (side: Side) => push(side, withChanges[name]),
  })),
  { name: 'par: scope twice', send: (side) => push(side, {}, [['scope', 'openid']]) },
  {
    name: 'par: client_secret of an app without one',
    send: (side) => push(side, {}, [['client_secret', 'x']]),
  },
  { name: 'par: GET', send: (side) => ask(side, 'par', { method: 'GET' }) },
  {
    name: 'par: JSON',
    send: (side) =>
      ask(side, 'par', {
        body: JSON.stringify(Object.fromEntries(authorizationRequest(side))),
        headers: { 'content-type': 'application/json' },
      }),
  },
  { name: 'par: nothing', send: (side) => ask(side, 'par', { body: '', headers: formHeaders }) },
  { name: 'pushed: opened', send: async (side) => openPushed(side, await pushed(side)) },
  {
    name: 'pushed: opened by another app',
    send: async (side) => openPushed(side, await pushed(side), { client_id: clients.other.id }),
  },
  {
    name: 'pushed: opened without client_id',
    send: async (side) => openQuery(side, form([['request_uri', await pushed(side)]])),
  },
  {
    name: 'pushed: opened with another redirect_uri beside it',
    send: async (side) => openPushed(side, await pushed(side), { redirect_uri: 'https://evil.example/cb' }),
  },
  {
    name: 'pushed: opened with another response_type beside it',
    send: async (side) => openPushed(side, await pushed(side), { response_type: 'token' }),
  },
  {
    name: 'pushed: opened with a request object beside it',
    send: async (side) => openPushed(side, await pushed(side), { request: 'x' }),
  },
  {
    name: 'pushed: opened twice by two browsers',
    send: async (side) => {
      const reference = await pushed(side)
      await openPushed(side, reference)
      return openPushed(side, reference)
    },
  },
  {
    name: 'pushed: prompt none opened',
    send: async (side) => openPushed(side, await pushed(side, { prompt: 'none' })),
  },
]

function openPushed(side: Side, reference: string, more: Changes = {}): Promise<RawAnswer> {
  const given = { client_id: clients.app.id, request_uri: reference, ...more }
  return openQuery(
    side,
    form(Object.entries(given).filter((one): one is [string, string] => one[1] !== undefined)),
  )
}

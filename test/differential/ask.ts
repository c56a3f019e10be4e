import {
  authorizationRequest,
  clients,
  type EndpointName,
  type GivenCode,
  type GivenTokens,
  type Side,
} from '@/test/differential/side'
import { form, formHeaders, type RawAnswer, type RawRequest, send } from '@/test/hostile/send'

/** Changes to a request: another value, or `undefined` to leave it out. */
export type Changes = Readonly<Record<string, string | undefined>>

type Pairs = readonly (readonly [string, string])[]

/** Sends anything to an endpoint. */
export function ask(side: Side, endpoint: EndpointName, request: Partial<RawRequest>): Promise<RawAnswer> {
  return send(side.url, { method: 'POST', target: side.paths[endpoint], ...request })
}

/** Posts a form. */
export function post(
  side: Side,
  endpoint: EndpointName,
  pairs: Pairs,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return ask(side, endpoint, { body: form(pairs), headers: { ...formHeaders, ...headers } })
}

/** Opens the authorization endpoint as a browser does. `raw` is added to the query as it is. */
export function open(side: Side, changes: Changes = {}, more: Pairs = [], raw = ''): Promise<RawAnswer> {
  const query = `${form([...authorizationRequest(side, changes), ...more])}${raw}`
  return openQuery(side, query)
}

/** The same with a query written by hand. */
export function openQuery(side: Side, query: string): Promise<RawAnswer> {
  return ask(side, 'authorize', {
    method: 'GET',
    target: `${side.paths.authorize}?${query}`,
    headers: { accept: 'text/html' },
  })
}

/** Pushes the same request. */
export function push(
  side: Side,
  changes: Changes = {},
  more: Pairs = [],
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return post(side, 'par', [...authorizationRequest(side, changes), ...more], headers)
}

/** The reference of a pushed request. */
export async function pushed(side: Side, changes: Changes = {}): Promise<string> {
  return String(readJson(await push(side, changes))['request_uri'])
}

/** The token request for a code. */
export function exchange(
  side: Side,
  { code, verifier, redirectUri }: GivenCode,
  changes: Changes = {},
  options: { readonly more?: Pairs; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<RawAnswer> {
  const usual = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    client_id: clients.app.id,
  }
  return post(
    side,
    'token',
    [...definedOf({ ...usual, ...changes }), ...(options.more ?? [])],
    options.headers,
  )
}

/** The token request for a refresh token. */
export function refresh(
  side: Side,
  token: string,
  changes: Changes = {},
  more: Pairs = [],
): Promise<RawAnswer> {
  const usual = { grant_type: 'refresh_token', refresh_token: token, client_id: clients.app.id }
  return post(side, 'token', [...definedOf({ ...usual, ...changes }), ...more])
}

/** Tokens of the public app. */
export async function giveTokens(side: Side): Promise<GivenTokens> {
  const body = readJson(await exchange(side, await side.giveCode()))
  return {
    access: String(body['access_token']),
    refresh: String(body['refresh_token']),
    id: String(body['id_token']),
  }
}

/** A JSON answer's members. */
export function readJson({ text }: RawAnswer): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`no object: ${text}`)
  return { ...parsed }
}

/** The value of a Basic header. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function definedOf(values: Changes): [string, string][] {
  return Object.entries(values).filter((one): one is [string, string] => one[1] !== undefined)
}

/** Changes as the pairs of a form; what is undefined is left out. */
export function pairsOf(changes: Changes): [string, string][] {
  return Object.entries(changes).filter((one): one is [string, string] => one[1] !== undefined)
}

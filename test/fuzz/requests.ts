import fc from 'fast-check'
import type { Endpoint } from '@/test/hostile/endpoint'
import { form, type RawRequest } from '@/test/hostile/send'
import { canary } from '@/test/hostile/verdict'

/** A request to one endpoint, somewhere between ordinary and absurd. */
export type FuzzedRequest = { readonly endpoint: string; readonly request: RawRequest }

/** Values that broke somebody's server once. */
const hostileValues: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\ufffd',
  '\ud83d\ude00',
  '\r\nset-cookie: a=b',
  '%00',
  '%',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '99999999999999999999',
  'true',
  '[]',
  '{}',
  '{"a":',
  '["a","b"]',
  "' OR 1=1 --",
  '"><script>alert(1)</script>',
  '../../etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'http://169.254.169.254/',
  'http://127.0.0.1:99999/cb',
  'http://[::1]:8080/cb',
  'https://app.example/cb?keep=1#f',
  'urn:ietf:params:oauth:request_uri:',
  'e30.e30.e30',
  'eyJhbGciOiJub25lIn0.e30.',
  'code token',
  'openid offline_access',
  'patient/*.*',
  'patient/Observation.rs?category=|',
  'a'.repeat(3_000),
  canary,
]

const anyText = fc.oneof(
  fc.constantFrom(...hostileValues),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 60 }).map((text) => `${text}${canary}`),
  fc.base64String({ maxLength: 80 }),
)

/** A good value with one thing wrong: cut, doubled, padded, in another case. */
function spoiled(good: string): fc.Arbitrary<string> {
  return fc.oneof(
    fc.nat(good.length).map((length) => good.slice(0, length)),
    fc.constantFrom(
      `${good}${good}`,
      ` ${good}`,
      `${good} `,
      good.toUpperCase(),
      `${good}\u0000`,
      `${good}%`,
    ),
    fc.tuple(fc.nat(good.length), anyText).map(([at, text]) => good.slice(0, at) + text + good.slice(at)),
  )
}

function pairs(endpoint: Endpoint): fc.Arbitrary<[string, string][]> {
  const { echoes = [], parameters, more = {} } = endpoint
  const known = Object.entries({ ...parameters, ...more }).map(([name, good]) => {
    const clean = (text: string): string => (echoes.includes(name) ? text.replaceAll(canary, 'x') : text)
    const bad = fc.oneof(anyText, spoiled(good)).map((text): [string, string] => [name, clean(text)])
    const kept = fc.constant<[string, string]>([name, good])
    return fc
      .oneof(
        { weight: name in parameters ? 30 : 1, arbitrary: kept },
        { weight: name in parameters ? 2 : 1, arbitrary: bad },
        { weight: name in parameters ? 1 : 40, arbitrary: fc.constant(undefined) },
      )
      .map((pair) => (pair ? [pair] : []))
  })
  const unknown = fc.array(
    fc.tuple(
      anyText.map((text) => text.replaceAll(canary, 'x')),
      anyText,
    ),
    { maxLength: 2 },
  )
  return fc
    .tuple(fc.tuple(...known), unknown, fc.boolean(), fc.nat(7))
    .map(([found, extra, isShuffled, repeat]) => {
      const flat = [...found.flat(), ...extra]
      const again = repeat === 7 ? flat.slice(0, 1) : []
      return isShuffled ? [...again, ...flat.toReversed()] : [...flat, ...again]
    })
}

const header = anyText.map((text) => text.replace(/[^\x20-\x7e]/g, '').trim())
const credentials = fc.oneof(
  fc.constantFrom('Basic', 'Basic %%', 'Bearer', 'DPoP x', `Bearer ${canary}`, 'Bearer e30.e30.e30'),
  fc.tuple(anyText, anyText).map((pair) => `Basic ${Buffer.from(pair.join(':')).toString('base64')}`),
  header,
)

/** The headers of the ordinary case, each now and then another, and now and then one more. */
function headersOf(endpoint: Endpoint): fc.Arbitrary<Record<string, string>> {
  const type = endpoint.encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
  const types = fc.constantFrom(
    'application/json',
    'text/plain',
    'multipart/form-data',
    'application/x-www-form-urlencoded; a=b',
  )
  const usual = (good: string | undefined, bad: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
    fc.oneof({ weight: 30, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: bad })
  return fc
    .record({
      'content-type': usual(type, fc.oneof(types, header)),
      authorization: usual(endpoint.authorization, credentials),
      dpop: usual(undefined, fc.oneof(fc.constantFrom('e30.e30.e30', canary), header)),
      origin: usual(undefined, fc.constantFrom('https://app.example', 'null', 'https://evil.example', 'x')),
      cookie: usual(undefined, header),
      accept: usual(undefined, header),
      'accept-language': usual(undefined, header),
      'content-encoding': usual(undefined, fc.constantFrom('gzip', 'identity', 'x')),
    })
    .map((given) =>
      Object.fromEntries(
        Object.entries(given).filter((one): one is [string, string] => one[1] !== undefined),
      ),
    )
}

/** Requests to all of these endpoints. */
export function fuzzedRequests(endpoints: readonly Endpoint[]): fc.Arbitrary<FuzzedRequest> {
  // documents that never change are asked for now and then
  const weightOf = ({ shape }: Endpoint): number => (shape === 'public' ? 1 : 5)
  return fc.oneof(...endpoints.map((one) => ({ weight: weightOf(one), arbitrary: requestTo(one) })))
}

function requestTo(endpoint: Endpoint): fc.Arbitrary<FuzzedRequest> {
  const method = fc.oneof(
    { weight: 20, arbitrary: fc.constant(endpoint.method) },
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'),
  )
  const raw = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.json(),
    fc.constantFrom('%', 'a=%ff', '&&', 'a=1&a=1', '{"a":', '\u0000'),
  )
  return fc
    .record({
      method,
      headers: headersOf(endpoint),
      sent: pairs(endpoint),
      raw,
      how: fc.nat(9),
      isChunked: fc.boolean(),
    })
    .map(({ method: asked, headers: given, sent, raw: bytes, how, isChunked }) => {
      const clean = sent.map(([name, value]) => [wellFormed(name), wellFormed(value)] as const)
      const isRaw = how === 0
      const common = { method: asked, headers: given }
      if (endpoint.encoding === 'query') {
        const query = isRaw ? bytes.replace(/[^\x21-\x7e]/g, '') : form(clean)
        const target = `${endpoint.path}?${query}`
        return { endpoint: endpoint.name, request: { ...common, target } }
      }
      const json = JSON.stringify(Object.fromEntries(clean.map(([name, value]) => [name, jsonOf(value)])))
      const body = isRaw ? bytes : endpoint.encoding === 'json' ? json : form(clean)
      const target = how === 1 ? `${endpoint.path}?x=1` : endpoint.path
      const isBodyless = asked === 'GET' || asked === 'HEAD'
      return {
        endpoint: endpoint.name,
        request: { ...common, target, ...(isBodyless ? {} : { body, isChunked }) },
      }
    })
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** A lone surrogate cannot be percent-encoded. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}

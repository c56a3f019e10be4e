import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { epochSeconds, now } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { cookieHeader, type SmartWorld, type Visitor } from '@/test/smart-world'

/** What `POST /launch` answers. */
export type LaunchAnswer = {
  readonly status: number
  readonly body: {
    readonly launch: string
    readonly iss: string
    readonly address: string
    readonly expires_in: number
    readonly error?: string
    readonly error_description?: string
  }
}

/** The portal of the tests: a backend client that may launch the test app and vouch for people of its provider. */
export type Portal = {
  readonly token: string
  order(body: unknown, token?: string): Promise<LaunchAnswer>
  /** A launch for a visitor on their own chart; `vouched` sends the portal's signed word along. */
  launch(visitor: Visitor, options?: LaunchOptions): Promise<LaunchAnswer['body']>
  /** The portal's word for a visitor, with changes to claims and header. */
  vouch(visitor: Visitor, options?: VouchOptions): Promise<string>
}

type LaunchOptions = {
  readonly vouched?: boolean
  readonly patient?: string
  readonly more?: Readonly<Record<string, unknown>>
}

type VouchOptions = {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, string>>
  readonly key?: CryptoKey
}

/** Signs the portal in as a backend client. */
export async function openPortal(world: SmartWorld, chart = person('maya').patientId): Promise<Portal> {
  const token = await backendToken(world)
  const order: Portal['order'] = async (body, bearer = token) => {
    const answer = await fetch(`${world.url}/launch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as LaunchAnswer['body'] }
  }
  const vouch: Portal['vouch'] = ({ session }, { claims = {}, header = {}, key = world.backendKey } = {}) =>
    new SignJWT({
      iss: 'portal',
      aud: `${world.url}/launch`,
      jti: randomUUID(),
      exp: epochSeconds(now()) + 120,
      sub_id: { format: 'iss_sub', iss: session.issuer, sub: session.subject },
      app: 'test-app',
      ehr: 'demo',
      patient: chart,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'person-assertion+jwt', ...header })
      .sign(key)
  return {
    token,
    order,
    vouch,
    launch: async (visitor, { vouched = false, patient = chart, more = {} } = {}) => {
      const { issuer, subject } = visitor.session
      const who = vouched
        ? { assertion: await vouch(visitor, { claims: { patient } }) }
        : { person: { issuer, subject } }
      const { status, body } = await order({ app: 'test-app', ehr: 'demo', patient, ...who, ...more })
      if (status !== 201) throw new Error(`no launch: ${status} ${body.error}`)
      return body
    },
  }
}

/** Follows a launch's address in a browser that keeps its cookies. @returns the app's address it ends at */
export async function follow(visitor: Visitor, address: string): Promise<URL> {
  const answer = await fetch(address, { redirect: 'manual', headers: { cookie: cookieHeader(visitor) } })
  for (const line of answer.headers.getSetCookie()) {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
    visitor.cookies.set(name, value)
  }
  if (answer.status !== 303) throw new Error(`the ticket leads nowhere: ${answer.status}`)
  return new URL(answer.headers.get('location') ?? '')
}

/** The same person in a browser that has never been here. */
export function otherBrowser(visitor: Visitor): Visitor {
  return { session: visitor.session, cookies: new Map() }
}

async function backendToken(world: SmartWorld): Promise<string> {
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES384', kid: 'k1' })
    .setIssuer('portal')
    .setSubject('portal')
    .setAudience(`${world.url}/oauth/token`)
    .setExpirationTime('2m')
    .sign(world.backendKey)
  const answer = await world.post('/oauth/token', {
    grant_type: 'client_credentials',
    scope: '__launch.create',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { patientActor } from '@/lib/identity/session'
import { confirmLink, declineProposal } from '@/lib/journeys/confirm-link'
import { endLink } from '@/lib/journeys/end-link'
import { redeemCode } from '@/lib/journeys/redeem-code'
import { signJwt } from '@/lib/keys/keys'
import { epochSeconds, now } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { acceptForm, cookieHeader, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

function raw(text: string): Promise<string> {
  const { port } = new URL(world.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), 'localhost', () => socket.write(text))
    let answer = ''
    socket.setTimeout(3000, () => {
      socket.destroy()
      resolve(`${answer}[timeout]`)
    })
    socket.on('data', (c) => {
      answer += c.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', (e) => resolve(`[${e.message}]${answer}`))
  })
}
const first = (s: string) => `${s.split('\r\n')[0]} | ${s.split('\r\n\r\n')[1]?.slice(0, 100)}`

test('odd methods and paths', async () => {
  const host = new URL(world.url).host
  const paths = [
    '/oauth/token',
    '/oauth/authorize',
    '/oauth/revoke',
    '/.well-known/jwks.json',
    '/activation-codes',
    '/fhir/demo/metadata',
    '/fhir/demo/Patient',
    '/health/live',
    '/oauth/authorize/%00/decision',
    '/oauth/authorize/%ED%A0%80/leave',
    '/oauth/../api/auth/signin/x',
    '/oauth/..;/x',
    '/oauth/\\..\\token',
    '/fhir/%2e%2e/oauth/token',
    '/fhir/../oauth/token?x',
    '/fhir//demo/Patient',
    '//oauth/token',
    '/oauth//token',
    '/fhir/demo/%',
    '/fhir/%ff/metadata',
    '/fhir/%00/.well-known/smart-configuration',
    '/.well-known/../health/live',
    '/oauth/token#x',
    '/oauth/authorize?client_id=%00',
    '/oauth/authorize?client_id=%ff',
    '/fhir/demo/Patient?_id=%00',
    '/oauth/authorize?client_id=a%ED%A0%80',
  ]
  for (const p of paths)
    for (const m of [
      'GET',
      'HEAD',
      'OPTIONS',
      'TRACE',
      'POST',
      'PUT',
      'DELETE',
      'PATCH',
      'PROPFIND',
      'QUERY',
    ]) {
      for (const extra of ['', 'Transfer-Encoding: chunked\r\n']) {
        const body = extra ? '0\r\n\r\n' : ''
        const a = await raw(`${m} ${p} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${extra}\r\n${body}`)
        if (!/^HTTP\/1.1 [234]/.test(a)) console.log(m, p, extra.trim(), first(a))
      }
    }
}, 120000)

test('odd heads', async () => {
  const host = new URL(world.url).host
  const tries = {
    http10: 'GET /.well-known/jwks.json HTTP/1.0\r\n\r\n',
    http10health: 'GET /health/live HTTP/1.0\r\n\r\n',
    absolute: `GET http://evil.example/.well-known/jwks.json HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    twoHosts: `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    hostUser: `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a@${host}\r\nConnection: close\r\n\r\n`,
    healthBadHost: `GET /health/live HTTP/1.1\r\nHost: evil.example/x?\r\nConnection: close\r\n\r\n`,
    healthBadHost2: `GET /health/ready HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n`,
    healthEmptyHost: `GET /health/ready HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n`,
    healthTraversal: `GET /health/../oauth/authorize HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    healthTraversal2: `GET /health/../.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    upgrade: `GET /oauth/token HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    connect: `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    star: `OPTIONS * HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    expect: `POST /oauth/token HTTP/1.1\r\nHost: ${host}\r\nExpect: nonsense\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    twoAuth: `POST /activation-codes HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    twoType: `POST /oauth/token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b`,
    gzip: `POST /oauth/token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b`,
    utf8cookie: `GET /oauth/authorize HTTP/1.1\r\nHost: ${host}\r\nCookie: \xff=\xfe; =; ;;=\r\nConnection: close\r\n\r\n`,
    acceptLang: `GET /oauth/authorize HTTP/1.1\r\nHost: ${host}\r\nAccept-Language: ${'x-;q=,*'.repeat(900)}\r\nConnection: close\r\n\r\n`,
    origin: `POST /oauth/token HTTP/1.1\r\nHost: ${host}\r\nOrigin: null\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=b`,
  }
  for (const [name, t] of Object.entries(tries)) console.log(name, '→', first(await raw(t)))
}, 60000)

const jwtLike = (iss: string) =>
  `${Buffer.from('{"alg":"ES384","kid":"k1"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss })).toString('base64url')}.AAAA`
test('assertion issuer with NUL / surrogate', async () => {
  for (const iss of ['\u0000', 'a\ud800', 'x'.repeat(20000), '__proto__', 'printer']) {
    const r = await world.post('/oauth/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: jwtLike(iss),
    })
    console.log('assertion', JSON.stringify(iss.slice(0, 10)), r.status, (await r.text()).slice(0, 120))
  }
})

async function backend(scope = '__activation-codes.issue') {
  const at = epochSeconds(now())
  return signJwt(
    {
      iss: config().issuer,
      aud: config().issuer,
      sub: 'printer',
      client_id: 'printer',
      scope,
      iat: at,
      exp: at + 300,
      jti: 'x',
    },
    { algorithm: 'ES256', typ: 'at+jwt' },
  )
}
const orders = async (body: string) => {
  const r = await fetch(`${world.url}/activation-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await backend()}`, 'content-type': 'application/json' },
    body,
  })
  return `${r.status} ${(await r.text()).slice(0, 400)}`
}
test('activation code JSON', async () => {
  console.log('nul ehr', await orders(JSON.stringify({ codes: [{ ehr: '\u0000', patient: 'x' }] })))
  console.log('surrogate', await orders('{"codes":[{"ehr":"\\ud800","patient":"x"}]}'))
  console.log(
    'proto',
    await orders('{"codes":[{"__proto__":{"ehr":"demo"},"ehr":"demo","patient":"nobody"}]}'),
  )
  console.log('constructor', await orders('{"constructor":1,"codes":[{"ehr":"demo","patient":"nobody"}]}'))
  console.log('dup', await orders('{"codes":[{"ehr":"demo","patient":"nobody","patient":"other"}]}'))
  console.log('ehr proto', await orders('{"codes":[{"ehr":"__proto__","patient":"x"}]}'))
  console.log(
    'self+related',
    await orders(
      JSON.stringify({
        codes: [
          { ehr: 'demo', patient: person('maya').patientId, relatedPerson: 'evil' },
          { ehr: 'demo', patient: person('maya').patientId },
        ],
      }),
    ),
  )
  console.log(
    'dots',
    await orders(
      JSON.stringify({
        codes: [
          { ehr: 'demo', patient: '..' },
          { ehr: 'demo', patient: '.' },
        ],
      }),
    ),
  )
  console.log(
    'same x50',
    (
      await orders(
        JSON.stringify({ codes: Array(50).fill({ ehr: 'demo', patient: person('maya').patientId }) }),
      )
    ).slice(0, 60),
  )
  console.log('live codes', await db().activationCode.count({ where: { revokedAt: null, usedAt: null } }))
})

test('ended session while confirming', async () => {
  const s = await world.signIn()
  const code = await world.issue(person('ingrid'))
  const r = await redeemCode(
    s,
    { code: code.normal, birthDate: person('ingrid').birthDate },
    { now: now(), padMilliseconds: 0 },
  )
  if (r.outcome !== 'proposed') throw new Error(r.reason)
  await db().session.updateMany({ where: { id: s.id }, data: { endedAt: now(), endedWhy: 'sign-out' } })
  console.log(
    'confirm after end',
    await confirmLink(s, r.proposalId, { now: now() }).catch((f) => `FAULT ${f.code}`),
  )
})

test('two tabs decline', async () => {
  const s = await world.signIn()
  const a = await world.issue(person('maya'))
  const b = await world.issue(person('ingrid'))
  for (const [c, p] of [
    [a, 'maya'],
    [b, 'ingrid'],
  ] as const)
    console.log(
      await redeemCode(
        s,
        { code: c.normal, birthDate: person(p).birthDate },
        { now: now(), padMilliseconds: 0 },
      ),
    )
  const [pa] = await db().linkProposal.findMany({ where: { sessionId: s.id, activationCodeId: a.id } })
  console.log('declining A in first tab', pa?.id)
  await declineProposal(s, 'chart', { now: now() })
  console.log(
    (await db().activationCode.findMany({ where: { id: { in: [a.id, b.id] } } })).map((x) => [
      x.id === a.id ? 'A' : 'B',
      x.revokedWhy,
    ]),
  )
})

test('race: consent vs end-link ×16', async () => {
  let bad = 0
  for (let i = 0; i < 16; i++) {
    const v = await world.visitor('maya')
    const { query, verifier } = world.parameters()
    const id = requestIdOf(await world.begin(v, query))
    const form = acceptForm(await world.view(v, id))
    const link = form['chart'] ?? ''
    const [decided] = await Promise.all([
      world.decide(v, id, form),
      endLink(link, {
        why: 'person',
        actor: patientActor(v.session),
        accountId: v.session.accountId,
        now: now(),
      }),
    ])
    if ((decided.headers.get('location') ?? '').endsWith('/leave')) {
      const landing = await world.leave(v, id)
      const code = landing.searchParams.get('code')
      if (code) {
        const r = await world.exchange({
          parameters: landing.searchParams,
          code,
          verifier,
          redirectUri: query.get('redirect_uri') ?? '',
        })
        if (r.status === 200) bad++
      }
    }
    const live = await db().grant.count({ where: { linkId: link, endedAt: null } })
    if (live) console.log('live grant on ended link', i)
  }
  console.log('tokens from ended link', bad)
}, 60000)

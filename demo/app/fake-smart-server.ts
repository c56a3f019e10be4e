import { createHash, randomUUID } from 'node:crypto'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'

/** What a test can make the fake do; read at every request. */
export type FakeBehaviour = {
  authorize: 'code' | 'declined' | 'wrong-iss' | 'no-iss' | 'wrong-state'
  idToken: 'right' | 'wrong-nonce' | 'wrong-aud'
  /** Status of the token endpoint for refreshes, 0 for the right answer. */
  refreshStatus: number
  expiresIn: number
  /** Scopes that the person left unticked. */
  unticked: readonly string[]
  /** Status of every FHIR answer, 0 for the right one. */
  fhirStatus: number
  nextLink: string | undefined
}

export type FakeSmartServer = {
  readonly origin: string
  readonly fhirBase: string
  readonly behaviour: FakeBehaviour
  /** `METHOD path` of everything that was asked, and the form fields of token and revocation requests. */
  readonly seen: { line: string; form: Record<string, string>; authorization: string }[]
  reset(): void
  endAccess(): void
  close(): Promise<void>
}

const usual: FakeBehaviour = {
  authorize: 'code',
  idToken: 'right',
  refreshStatus: 0,
  expiresIn: 300,
  unticked: [],
  fhirStatus: 0,
  nextLink: undefined,
}

/** A SMART server with one chart and no screens, for tests of the app alone. */
export async function startFakeSmartServer(): Promise<FakeSmartServer> {
  const codes = new Map<string, URLSearchParams>()
  const live = { access: new Map<string, string>(), refresh: new Map<string, string>() }
  const seen: FakeSmartServer['seen'] = []
  const behaviour = { ...usual }
  const app = new Hono()
  const { origin, close } = await listen(app)
  const fhirBase = `${origin}/fhir`

  app.use('*', cors({ origin: '*', exposeHeaders: ['WWW-Authenticate'] }))
  app.use('*', async (c, next) => {
    const isForm = c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false
    const form = isForm ? Object.fromEntries(new URLSearchParams(await c.req.text())) : {}
    seen.push({
      line: `${c.req.method} ${c.req.path}`,
      form,
      authorization: c.req.header('authorization') ?? '',
    })
    await next()
  })

  app.get('/fhir/.well-known/smart-configuration', (c) =>
    c.json({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      revocation_endpoint: `${origin}/revoke`,
      code_challenge_methods_supported: ['S256'],
      capabilities: ['launch-standalone', 'client-public'],
    }),
  )

  app.get('/authorize', (c) => {
    const query = new URL(c.req.url).searchParams
    const back = new URL(query.get('redirect_uri') ?? '')
    const code = randomUUID()
    codes.set(code, query)
    if (behaviour.authorize === 'declined') back.searchParams.set('error', 'access_denied')
    else back.searchParams.set('code', code)
    back.searchParams.set(
      'state',
      behaviour.authorize === 'wrong-state' ? 'other' : (query.get('state') ?? ''),
    )
    if (behaviour.authorize === 'wrong-iss') back.searchParams.set('iss', 'https://other.example.org')
    else if (behaviour.authorize !== 'no-iss') back.searchParams.set('iss', origin)
    return c.redirect(back.href, 303)
  })

  const grant = (scope: string) => {
    const access = randomUUID()
    const refresh = randomUUID()
    live.access.set(access, scope)
    live.refresh.set(refresh, scope)
    return {
      access_token: access,
      refresh_token: refresh,
      token_type: 'Bearer',
      expires_in: behaviour.expiresIn,
      scope,
      patient: 'fake-patient',
    }
  }

  app.post('/token', async (c) => {
    const form = seen.at(-1)?.form ?? {}
    if (form['grant_type'] === 'refresh_token') {
      if (behaviour.refreshStatus !== 0)
        return c.json({ error: 'invalid_grant' }, statusCode(behaviour.refreshStatus))
      const scope = live.refresh.get(form['refresh_token'] ?? '')
      live.refresh.delete(form['refresh_token'] ?? '')
      return scope === undefined ? c.json({ error: 'invalid_grant' }, 400) : c.json(grant(scope))
    }
    const asked = codes.get(form['code'] ?? '')
    codes.delete(form['code'] ?? '')
    const challenge = createHash('sha256')
      .update(form['code_verifier'] ?? '')
      .digest('base64url')
    if (asked?.get('code_challenge') !== challenge) return c.json({ error: 'invalid_grant' }, 400)
    const scope = (asked.get('scope') ?? '')
      .split(' ')
      .filter((name) => !behaviour.unticked.includes(name))
      .join(' ')
    return c.json({ ...grant(scope), id_token: fakeIdToken(origin, asked.get('nonce') ?? '', behaviour) })
  })

  app.post('/revoke', (c) => {
    live.refresh.delete(seen.at(-1)?.form['token'] ?? '')
    return c.body(null, 200)
  })

  app.get('/fhir/:type/:id?', (c) =>
    answerFhir(c, { behaviour, scopeOf: (token) => live.access.get(token), fhirBase }),
  )

  return {
    origin,
    fhirBase,
    behaviour,
    seen,
    reset: () => {
      Object.assign(behaviour, usual)
      seen.length = 0
    },
    endAccess: () => {
      live.access.clear()
      live.refresh.clear()
    },
    close,
  }
}

type Fhir = {
  readonly behaviour: FakeBehaviour
  readonly fhirBase: string
  scopeOf(token: string): string | undefined
}

function answerFhir(c: Context, { behaviour, scopeOf, fhirBase }: Fhir): Response {
  const outcome = { resourceType: 'OperationOutcome', issue: [] }
  if (behaviour.fhirStatus !== 0) return c.json(outcome, statusCode(behaviour.fhirStatus))
  const scope = scopeOf((c.req.header('authorization') ?? '').replace('Bearer ', ''))
  if (scope === undefined) return c.json(outcome, 401)
  const type = c.req.param('type') ?? ''
  if (!scope.split(' ').includes(`patient/${type}.rs`))
    return c.json(outcome, 403, { 'www-authenticate': 'Bearer error="insufficient_scope"' })
  if (type === 'Patient') return c.json(patient)
  const resources = charts[type] ?? []
  const link =
    behaviour.nextLink && type === 'Observation' ? [{ relation: 'next', url: behaviour.nextLink }] : []
  return c.json({
    resourceType: 'Bundle',
    type: 'searchset',
    link: [{ relation: 'self', url: `${fhirBase}/${type}` }, ...link],
    entry: resources.map((resource) => ({ resource })),
  })
}

function fakeIdToken(issuer: string, nonce: string, { idToken }: FakeBehaviour): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    sub: 'fake-subject',
    aud: idToken === 'wrong-aud' ? 'another-app' : 'lab-window',
    nonce: idToken === 'wrong-nonce' ? 'other' : nonce,
    iat: now,
    exp: now + 300,
    fhirUser: `${issuer}/fhir/Patient/fake-patient`,
  }
  return `${encode({ alg: 'RS256' })}.${encode(claims)}.c2ln`
}

function statusCode(status: number): 400 {
  return status as 400
}

function listen(app: Hono): Promise<{ origin: string; close(): Promise<void> }> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      resolve({
        origin: `http://127.0.0.1:${port}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            if ('closeAllConnections' in server) server.closeAllConnections()
          }),
      })
    })
  })
}

const patient = {
  resourceType: 'Patient',
  id: 'fake-patient',
  birthDate: '1988-03-14',
  name: [{ use: 'official', family: 'Rivera', given: ['Maya', '<img src=x onerror=alert(1)>'] }],
  text: { status: 'generated', div: '<div><script>window.ran = true</script></div>' },
}

const laboratory = (id: string, code: string, fields: object): object => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: code },
  text: { status: 'generated', div: '<div><img src=x onerror="window.ran = true"></div>' },
  ...fields,
})

const charts: Record<string, object[]> = {
  Observation: [
    laboratory('o1', 'Potassium', {
      effectiveDateTime: '2026-10-02T08:10:00Z',
      valueQuantity: { value: 5.6, unit: 'mmol/L' },
      referenceRange: [{ low: { value: 3.5 }, high: { value: 5.1 } }],
      interpretation: [{ coding: [{ code: 'H' }] }],
    }),
    laboratory('o2', 'Sodium', {
      effectiveDateTime: '2026-10-02T08:10:00Z',
      valueQuantity: { value: 139, unit: 'mmol/L' },
      referenceRange: [{ low: { value: 136 }, high: { value: 145 } }],
    }),
    laboratory('o3', 'Thyrotropin', {
      status: 'amended',
      effectiveDateTime: '2026-11-11',
      valueQuantity: { value: 0.01, comparator: '<', unit: 'mIU/L' },
      referenceRange: [{ text: '0.4 to 4.0' }],
    }),
    laboratory('o4', 'Urine culture <script>window.ran = true</script>', {
      status: 'preliminary',
      effectiveDateTime: '2026-09-20',
      valueString: '<b>No growth</b> after 24 hours',
    }),
  ],
  DiagnosticReport: [
    {
      resourceType: 'DiagnosticReport',
      id: 'r1',
      status: 'final',
      code: { text: 'Basic metabolic panel' },
      effectiveDateTime: '2026-10-02',
      conclusion: 'Potassium slightly raised. Repeat in two weeks.',
      presentedForm: [
        { contentType: 'application/pdf', title: 'Basic metabolic panel', data: 'JVBERi0xLjQK' },
      ],
    },
  ],
  Condition: [
    { resourceType: 'Condition', id: 'c1', code: { text: 'Seasonal asthma' }, onsetDateTime: '2014' },
  ],
  AllergyIntolerance: [{ resourceType: 'AllergyIntolerance', id: 'a1', code: { text: 'Penicillin' } }],
  MedicationRequest: [
    {
      resourceType: 'MedicationRequest',
      id: 'm1',
      medicationCodeableConcept: { text: 'Salbutamol 100 mcg inhaler' },
      authoredOn: '2026-05-01',
    },
  ],
  Immunization: [
    {
      resourceType: 'Immunization',
      id: 'i1',
      vaccineCode: { text: 'Influenza 2026/27' },
      occurrenceDateTime: '2026-10-15',
    },
  ],
  Encounter: [
    {
      resourceType: 'Encounter',
      id: 'e1',
      class: { code: 'AMB', display: 'ambulatory' },
      period: { start: '2026-10-02' },
    },
  ],
}

import { appStatements } from '@/lib/config/app-entry'

/**
 * How an endpoint answers. `oauth`: JSON with an OAuth error; `authorize`: a page or a redirect to the app; `page`: a page
 * or a redirect of our own; `fhir`: an OperationOutcome; `json`: JSON of its own; `public`: a document.
 */
export type Shape = 'oauth' | 'authorize' | 'page' | 'fhir' | 'json' | 'public'

/** One endpoint as strangers meet it. */
export type Endpoint = {
  readonly name: string
  readonly path: string
  readonly shape: Shape
  /** How it is asked in the ordinary case. */
  readonly method: 'GET' | 'POST'
  /** What it is sent in the ordinary case: a form, a query, or JSON. */
  readonly encoding: 'form' | 'query' | 'json'
  /** Parameters it knows, each with a value that is at least of the right form. */
  readonly parameters: Readonly<Record<string, string>>
  /** Parameters it knows and refuses, or that change what it does: sent now and then. */
  readonly more?: Readonly<Record<string, string>>
  /** The Authorization header of the ordinary case. */
  readonly authorization?: string
  /** Parameters that come back in a good answer or a redirect, as they must. */
  readonly echoes?: readonly string[]
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const reference = 'urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

/** Ways of authentication, none of them good. */
const proofs = {
  client_secret: 'not-a-secret',
  client_assertion: 'e30.e30.e30',
  client_assertion_type: assertionType,
}

/**
 * Stands for a credential that is alive when the request is sent; as it stands it is a wrong one. A test that has live
 * ones puts them in its place.
 */
export const liveNames = ['code', 'verifier', 'refresh', 'access', 'backend', 'inspector', 'portal'] as const

export type Live = (typeof liveNames)[number]

/** How such a place is written. */
export function place(live: Live): string {
  return `LIVE-${live.toUpperCase()}-LIVE`
}

function authorizationRequest(audience: string): Readonly<Record<string, string>> {
  return {
    response_type: 'code',
    client_id: 'test-app',
    redirect_uri: 'https://app.example/cb?keep=1',
    scope: 'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.rs',
    state: 'a state / with = signs & 100%',
    aud: audience,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    nonce: 'n-0S6_WzA2Mj',
  }
}

function unusual(audience: string): Readonly<Record<string, string>> {
  return {
    prompt: 'login',
    resource: audience,
    max_age: '300',
    acr_values: 'urn:example:acr',
    response_mode: 'query',
    login_hint: 'someone',
    display: 'page',
    ui_locales: 'es',
    dpop_jkt: 'A'.repeat(43),
    launch: 'a-launch',
    claims: '{}',
    request: 'e30.e30.',
    request_uri: reference,
    registration: '{}',
    id_token_hint: 'e30.e30.e30',
    authorization_details: '[]',
  }
}

/** What else an app may say of itself when it registers. */
const registration = {
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: '["authorization_code","refresh_token"]',
  response_types: '["code"]',
  client_uri: 'https://diary.example',
  logo_uri: 'https://diary.example/logo.png',
  jwks: '{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"AA","y":"AA"}]}',
  jwks_uri: 'https://diary.example/jwks',
  software_statement: 'e30.e30.e30',
  contacts: '["x"]',
  application_type: 'native',
  backchannel_logout_uri: 'https://diary.example/logout',
  launch_uris: '["https://diary.example/launch"]',
}

/** Every endpoint that strangers can reach. A new one gets a line here, and all hostile tests with it. */
export function listEndpoints(server: string): readonly Endpoint[] {
  const audience = `${server}/fhir/demo`
  const requestPath = '/oauth/authorize/0191f9a0-0000-7000-8000-000000000000'
  const consent = { form_token: '9999999999.x', shown: 'x', chart: 'x', decision: 'accept', language: 'en' }
  return [
    {
      name: 'authorize',
      path: '/oauth/authorize',
      shape: 'authorize',
      method: 'GET',
      encoding: 'query',
      parameters: authorizationRequest(audience),
      more: unusual(audience),
      echoes: ['state'],
    },
    {
      name: 'par',
      path: '/oauth/par',
      shape: 'oauth',
      method: 'POST',
      encoding: 'form',
      parameters: { ...authorizationRequest(audience) },
      more: { ...unusual(audience), ...proofs },
    },
    {
      name: 'token',
      path: '/oauth/token',
      shape: 'oauth',
      method: 'POST',
      encoding: 'form',
      parameters: {
        grant_type: 'authorization_code',
        client_id: 'test-app',
        code: place('code'),
        redirect_uri: 'https://app.example/cb?keep=1',
        code_verifier: place('verifier'),
      },
      more: { resource: audience, scope: 'patient/Patient.rs', ...proofs },
    },
    {
      name: 'token, refreshing',
      path: '/oauth/token',
      shape: 'oauth',
      method: 'POST',
      encoding: 'form',
      parameters: { grant_type: 'refresh_token', client_id: 'test-app', refresh_token: place('refresh') },
      more: { resource: audience, scope: 'patient/Patient.rs', ...proofs },
    },
    {
      name: 'revoke',
      path: '/oauth/revoke',
      shape: 'oauth',
      method: 'POST',
      encoding: 'form',
      parameters: { token: place('access'), token_type_hint: 'refresh_token', client_id: 'test-app' },
      more: proofs,
    },
    {
      name: 'introspect',
      path: '/oauth/introspect',
      shape: 'oauth',
      method: 'POST',
      encoding: 'form',
      parameters: { token: place('access') },
      more: { token_type_hint: 'refresh_token', client_id: 'test-app', ...proofs },
      authorization: `Bearer ${place('inspector')}`,
    },
    {
      name: 'userinfo',
      path: '/oauth/userinfo',
      shape: 'json',
      method: 'GET',
      encoding: 'query',
      parameters: {},
      more: { access_token: place('access') },
      authorization: `Bearer ${place('access')}`,
    },
    {
      name: 'userinfo by POST',
      path: '/oauth/userinfo',
      shape: 'json',
      method: 'POST',
      encoding: 'form',
      parameters: { access_token: place('access') },
    },
    ...(['GET', 'POST'] as const).map(
      (method): Endpoint => ({
        name: `logout by ${method}`,
        path: '/oauth/logout',
        shape: 'page',
        method,
        encoding: method === 'GET' ? 'query' : 'form',
        parameters: { client_id: 'test-app', post_logout_redirect_uri: 'https://app.example/bye' },
        more: { id_token_hint: place('access'), state: 's', ui_locales: 'es', logout_hint: 'someone' },
      }),
    ),
    ...['continue', 'done', 'back'].map(
      (name): Endpoint => ({
        name: `logout, ${name}`,
        path: `/oauth/logout/${name}`,
        shape: 'page',
        method: 'GET',
        encoding: 'query',
        parameters: { r: 'x', state: 'x' },
        more: { upstream: 'yes' },
      }),
    ),
    {
      name: 'logout, confirmed',
      path: '/oauth/logout/continue',
      shape: 'page',
      method: 'POST',
      encoding: 'form',
      parameters: { form_token: '9999999999.x', r: 'x' },
      more: { upstream: 'yes' },
    },
    {
      name: 'logout told by a provider',
      path: '/backchannel-logout/sunrise',
      shape: 'json',
      method: 'POST',
      encoding: 'form',
      parameters: { logout_token: 'e30.e30.e30' },
    },
    {
      name: 'register',
      path: '/oauth/register',
      shape: 'json',
      method: 'POST',
      encoding: 'json',
      parameters: {
        client_name: 'Diary',
        redirect_uris: '["https://diary.example/cb"]',
        scope: 'openid launch/patient patient/Patient.rs',
        vestibule_statements: JSON.stringify(appStatements),
      },
      more: registration,
      echoes: ['client_name', 'redirect_uris', 'scope', ...Object.keys(registration)],
    },
    {
      name: 'a registration',
      path: `/oauth/register/reg-${'0'.repeat(32)}`,
      shape: 'json',
      method: 'GET',
      encoding: 'query',
      parameters: {},
      authorization: 'Bearer x',
    },
    {
      name: 'launch',
      path: '/launch',
      shape: 'json',
      method: 'POST',
      encoding: 'json',
      parameters: {
        app: 'test-app',
        ehr: 'demo',
        patient: 'patient-maya',
        person: '{"issuer":"x","subject":"y"}',
      },
      more: {
        launchUrl: 'https://app.example/other-launch',
        assertion: 'e30.e30.e30',
        context: '{"intent":"x","fhirContext":[{"reference":"Task/x"}]}',
      },
      authorization: `Bearer ${place('portal')}`,
    },
    {
      name: 'launch ticket',
      path: `/launch/${'A'.repeat(43)}`,
      shape: 'page',
      method: 'GET',
      encoding: 'query',
      parameters: {},
    },
    {
      name: 'launch style',
      path: '/launch/style/x.json',
      shape: 'public',
      method: 'GET',
      encoding: 'query',
      parameters: {},
    },
    {
      name: 'status list',
      path: '/status-lists/1',
      shape: 'public',
      method: 'GET',
      encoding: 'query',
      parameters: {},
      more: { time: '1' },
    },
    ...['decision', 'chart', 'not-me'].map(
      (name): Endpoint => ({
        name,
        path: `${requestPath}/${name}`,
        shape: 'page',
        method: 'POST',
        encoding: 'form',
        parameters: consent,
      }),
    ),
    {
      name: 'leave',
      path: `${requestPath}/leave`,
      shape: 'page',
      method: 'GET',
      encoding: 'query',
      parameters: {},
    },
    {
      name: 'activation codes',
      path: '/activation-codes',
      shape: 'json',
      method: 'POST',
      encoding: 'json',
      parameters: { codes: '[{"ehr":"demo","patient":"x"}]' },
      authorization: `Bearer ${place('backend')}`,
    },
    {
      name: 'FHIR search',
      path: '/fhir/demo/Observation',
      shape: 'fhir',
      method: 'GET',
      encoding: 'query',
      parameters: { patient: 'patient-maya', category: 'laboratory', _count: '5', _sort: '-date' },
      more: { code: 'a|b', date: 'gt2020', _cursor: 'x', _include: 'x', _total: 'accurate', _id: 'x' },
      authorization: `Bearer ${place('access')}`,
      echoes: ['patient', 'category', 'code', 'date', '_id'],
    },
    {
      name: 'FHIR read',
      path: '/fhir/demo/Patient/x',
      shape: 'fhir',
      method: 'GET',
      encoding: 'query',
      parameters: {},
      more: { _elements: 'name', _summary: 'true', _format: 'xml' },
      authorization: `Bearer ${place('access')}`,
    },
    ...[
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      '/.well-known/jwks.json',
      '/fhir/demo/.well-known/smart-configuration',
      '/fhir/demo/metadata',
      '/brands.json',
      '/ehrs/demo/smart-configuration',
    ].map(
      (path): Endpoint => ({
        name: path,
        path,
        shape: 'public',
        method: 'GET',
        encoding: 'query',
        parameters: {},
      }),
    ),
  ]
}

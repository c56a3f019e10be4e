import { appStatements } from '@/lib/config/app-entry'
import { authorizationEndpoints } from '@/test/hostile/authorization-endpoints'
import { type Endpoint, place } from '@/test/hostile/endpoint'
import { tokenEndpoints } from '@/test/hostile/token-endpoints'

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

/** Registration, launches, codes, the FHIR API and what is published. */
const otherEndpoints: readonly Endpoint[] = [
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

/** Every endpoint that strangers can reach. A new one gets a line in one of these lists, and all hostile tests with it. */
export function listEndpoints(server: string): readonly Endpoint[] {
  const audience = `${server}/fhir/demo`
  return [...authorizationEndpoints(audience), ...tokenEndpoints(audience), ...otherEndpoints]
}

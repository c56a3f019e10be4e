import { type Endpoint, place, proofs } from '@/test/hostile/endpoint'

const reference = 'urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

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

/** Where a person is on the way: from the app's request to its answer, and out again. */
export function authorizationEndpoints(audience: string): readonly Endpoint[] {
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
  ]
}

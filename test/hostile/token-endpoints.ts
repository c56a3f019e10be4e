import { type Endpoint, place, proofs } from '@/test/hostile/endpoint'

/** Where clients get tokens, ask about them and give them back. */
export function tokenEndpoints(audience: string): readonly Endpoint[] {
  return [
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
  ]
}

import type { Hono } from 'hono'
import { isDatabaseUp } from '@/lib/db/availability'
import { brandsEndpoint, brandsPreflight } from '@/lib/ehrs/brands-endpoint'
import { fhirEndpoint } from '@/lib/gateway/gateway'
import { listTellable } from '@/lib/gateway/tellable-context'
import { json } from '@/lib/http/json'
import { upstreamLogoutEndpoint } from '@/lib/identity/upstream-logout'
import { activationCodesEndpoint } from '@/lib/journeys/activation-codes-endpoint'
import { jwksEndpoint } from '@/lib/keys/jwks-endpoint'
import { authorize } from '@/lib/smart/authorize'
import { oauthServerMetadata, openidConfiguration, smartConfiguration } from '@/lib/smart/discovery'
import {
  chartEndpoint,
  decisionEndpoint,
  leaveEndpoint,
  notMeEndpoint,
} from '@/lib/smart/interaction-endpoints'
import { introspect } from '@/lib/smart/introspect'
import { departLaunch, launchEndpoint } from '@/lib/smart/launch-endpoint'
import { backFromUpstream, confirmLogout, continueLogout, logout, logoutDone } from '@/lib/smart/logout'
import { push } from '@/lib/smart/push'
import { manageRegistration, register } from '@/lib/smart/register'
import { revoke } from '@/lib/smart/revoke'
import { styleEndpoint } from '@/lib/smart/style'
import { tokenEndpoint } from '@/lib/smart/token'
import { userinfo } from '@/lib/smart/userinfo'
import { statusListEndpoint } from '@/lib/status-list/status-list-endpoint'

/** Every machine endpoint, mounted once. Each is a plain function of a Request. */
export function mountRoutes(app: Hono): void {
  app.get('/health/live', () => json({ status: 'ok' }))
  app.get('/health/ready', async () =>
    (await isDatabaseUp()) ? json({ status: 'ok' }) : json({ status: 'database' }, 503),
  )
  app.get('/.well-known/jwks.json', () => jwksEndpoint())
  app.get('/.well-known/openid-configuration', () => openidConfiguration())
  app.get('/.well-known/oauth-authorization-server', () => oauthServerMetadata())
  app.get('/fhir/:ehr/.well-known/smart-configuration', (c) => smartConfiguration(c.req.raw))
  app.get('/brands.json', (c) => brandsEndpoint(c.req.raw))
  app.options('/brands.json', () => brandsPreflight())
  app.get('/ehrs/:ehr/smart-configuration', (c) => smartConfiguration(c.req.raw))
  app.all('/oauth/authorize', (c) => authorize(c.req.raw))
  app.post('/oauth/authorize/:id/decision', (c) => decisionEndpoint(c.req.raw, c.req.param('id')))
  app.post('/oauth/authorize/:id/chart', (c) => chartEndpoint(c.req.raw, c.req.param('id')))
  app.post('/oauth/authorize/:id/not-me', (c) => notMeEndpoint(c.req.raw, c.req.param('id')))
  app.get('/oauth/authorize/:id/leave', (c) => leaveEndpoint(c.req.raw, c.req.param('id')))
  app.all('/oauth/par', (c) => push(c.req.raw))
  const token = tokenEndpoint(listTellable)
  app.all('/oauth/token', (c) => token(c.req.raw))
  app.all('/oauth/introspect', (c) => introspect(c.req.raw))
  app.all('/oauth/register', (c) => register(c.req.raw))
  app.all('/oauth/register/:id', (c) => manageRegistration(c.req.raw, c.req.param('id')))
  app.all('/oauth/revoke', (c) => revoke(c.req.raw))
  app.get('/oauth/logout/continue', (c) => continueLogout(c.req.raw))
  app.post('/oauth/logout/continue', (c) => confirmLogout(c.req.raw))
  app.get('/oauth/logout/done', (c) => logoutDone(c.req.raw))
  app.get('/oauth/logout/back', (c) => backFromUpstream(c.req.raw))
  app.all('/oauth/logout', (c) => logout(c.req.raw))
  app.post('/backchannel-logout/:provider', (c) => upstreamLogoutEndpoint(c.req.raw, c.req.param('provider')))
  app.all('/oauth/userinfo', (c) => userinfo(c.req.raw))
  app.get('/status-lists/:id', (c) => statusListEndpoint(c.req.raw, c.req.param('id')))
  app.post('/activation-codes', (c) => activationCodesEndpoint(c.req.raw))
  app.post('/launch', (c) => launchEndpoint(c.req.raw))
  app.get('/launch/style/:file', (c) => styleEndpoint(c.req.param('file')))
  app.get('/launch/:ticket', (c) => departLaunch(c.req.raw, c.req.param('ticket')))
  // last of its prefix: discovery under a FHIR base has routes of its own above
  app.all('/fhir/*', (c) => fhirEndpoint(c.req.raw))
}

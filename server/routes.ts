import type { Hono } from 'hono'
import { isDatabaseUp } from '@/lib/db/availability'
import { fhirEndpoint } from '@/lib/gateway/gateway'
import { json } from '@/lib/http/json'
import { activationCodesEndpoint } from '@/lib/journeys/activation-codes-endpoint'
import { jwksEndpoint } from '@/lib/keys/jwks-endpoint'
import { oauthServerMetadata, openidConfiguration, smartConfiguration } from '@/lib/smart/discovery'

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
  app.post('/activation-codes', (c) => activationCodesEndpoint(c.req.raw))
  // last of its prefix: discovery under a FHIR base has routes of its own above
  app.all('/fhir/*', (c) => fhirEndpoint(c.req.raw))
}

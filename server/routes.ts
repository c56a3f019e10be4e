import type { Hono } from 'hono'
import { isDatabaseUp } from '@/lib/db/availability'
import { fhirEndpoint } from '@/lib/gateway/gateway'
import { json } from '@/lib/http/json'

/** Every machine endpoint, mounted once. Each is a plain function of a Request. */
export function mountRoutes(app: Hono): void {
  app.get('/health/live', () => json({ status: 'ok' }))
  app.get('/health/ready', async () =>
    (await isDatabaseUp()) ? json({ status: 'ok' }) : json({ status: 'database' }, 503),
  )
  // last of its prefix: discovery under a FHIR base has routes of its own above
  app.all('/fhir/*', (c) => fhirEndpoint(c.req.raw))
}

import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { epochSeconds, now } from '@/lib/time/clock'
import type { SmartWorld } from '@/test/smart-world'

/** How a backend client of the smart world proves itself: form fields with a fresh assertion. */
export async function proofOf(world: SmartWorld, clientId: string): Promise<Record<string, string>> {
  const assertion = await new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: `${world.url}/oauth/token`,
    exp: epochSeconds(now()) + 300,
    jti: randomUUID(),
  })
    .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT' })
    .sign(world.backendKey)
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
}

/** An access token of a backend client. */
export async function backendToken(world: SmartWorld, clientId: string, scope: string): Promise<string> {
  const form = { grant_type: 'client_credentials', scope, ...(await proofOf(world, clientId)) }
  const answer = await world.post('/oauth/token', form)
  const body = (await answer.json()) as { access_token?: string }
  if (!body.access_token) throw new Error(`no token for ${clientId}: ${answer.status}`)
  return body.access_token
}

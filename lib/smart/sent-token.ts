import { readForm } from '@/lib/http/form'
import { Refusal } from '@/lib/smart/userinfo-refusal'

/** A token and the way it was presented. */
export type Sent = { readonly token: string; readonly scheme: 'bearer' | 'dpop' }

/** One way to send the token (RFC 6750 §2): the header, or the body of a form. Never the address. */
export async function readSentToken(request: Request): Promise<Sent> {
  if (new URL(request.url).searchParams.has('access_token'))
    throw new Refusal(400, 'invalid_request', 'Send the token in the Authorization header.')
  const header = request.headers.get('authorization')
  const inBody = await findBodyToken(request)
  if (header !== null && inBody !== undefined)
    throw new Refusal(400, 'invalid_request', 'Send the token in one way only.')
  if (inBody !== undefined) return { token: inBody, scheme: 'bearer' }
  if (header === null) throw new Refusal(401, undefined, 'no-token')
  const [, scheme, token] = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header.trim()) ?? []
  if (!scheme || !token) {
    if (/^(bearer|dpop)\b/i.test(header.trim()))
      throw new Refusal(400, 'invalid_request', 'The Authorization header is malformed.')
    throw new Refusal(401, undefined, 'another-scheme')
  }
  return { token, scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer' }
}

async function findBodyToken(request: Request): Promise<string | undefined> {
  const type = request.headers.get('content-type') ?? ''
  if (request.method !== 'POST' || !type.toLowerCase().startsWith('application/x-www-form-urlencoded'))
    return undefined
  const reading = await readForm(request)
  if (reading.outcome === 'read') return reading.form.get('access_token')
  throw new Refusal(400, 'invalid_request', 'The body is malformed.')
}

import { decodeJwt, decodeProtectedHeader } from 'jose'
import { z } from 'zod'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'

/** A client assertion as read, nothing of it proven. */
export type ReadAssertion = {
  readonly token: string
  readonly header: z.infer<typeof headerSchema>
  readonly claims: z.infer<typeof claimsSchema>
}

/** How a request says who it is from. Nothing is proven yet. */
export type Presented =
  | { readonly method: 'none'; readonly clientId: string | undefined }
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post'
      readonly clientId: string
      readonly secret: string
    }
  | { readonly method: 'private_key_jwt'; readonly clientId: string; readonly assertion: ReadAssertion }

/** A credential that cannot be read: refused like a wrong one. */
export type Unreadable = { readonly method: 'unreadable'; readonly detail: string }

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** What a client_id may hold (RFC 6749, appendix A.1). Anything else is not looked for: JSON can spell what no text column takes. */
const clientIdSchema = z.string().regex(/^[\x20-\x7e]{1,200}$/)

const headerSchema = z.looseObject({
  alg: z.string(),
  kid: z.string().min(1).max(200),
  typ: z.string().optional(),
  jku: z.unknown().optional(),
})

const claimsSchema = z.object({
  iss: clientIdSchema,
  sub: z.string(),
  aud: z.string(),
  exp: z.number(),
  nbf: z.number().optional(),
  jti: z.string().min(1).max(500),
})

/**
 * Reads how a client proves itself: one way only, whatever each would be worth by itself (RFC 6749 §2.3).
 * @throws OAuthError invalid_request for two ways at once
 */
export function readPresented(authorization: string | null, form: OAuthForm): Presented | Unreadable {
  const hasAssertion = form.has('client_assertion') || form.has('client_assertion_type')
  const ways = [authorization !== null, form.has('client_secret'), hasAssertion].filter(Boolean)
  if (ways.length > 1) throw new OAuthError('invalid_request', 'Use one way of client authentication.')
  const clientId = form.get('client_id')
  if (authorization !== null) return readBasic(authorization, clientId)
  if (hasAssertion) return readAssertion(form, clientId)
  const secret = form.get('client_secret')
  if (secret === undefined) return { method: 'none', clientId }
  if (!clientIdSchema.safeParse(clientId).success || clientId === undefined) return unreadable('no-client-id')
  return { method: 'client_secret_post', clientId, secret }
}

/** Id and secret were form-encoded before they were base64-encoded (RFC 6749 §2.3.1); many clients forget the first. */
function readBasic(authorization: string, named: string | undefined): Presented | Unreadable {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization)?.[1]
  if (encoded === undefined) return unreadable('header')
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
  if (id === undefined || secret === undefined) return unreadable('header')
  const clientId = clientIdSchema.safeParse(formDecode(id))
  if (!clientId.success) return unreadable('client-id')
  if (named !== undefined && named !== clientId.data) return unreadable('client-mismatch')
  return { method: 'client_secret_basic', clientId: clientId.data, secret: formDecode(secret) }
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function readAssertion(form: OAuthForm, named: string | undefined): Presented | Unreadable {
  const token = form.get('client_assertion')
  if (form.get('client_assertion_type') !== assertionType) return unreadable('assertion-type')
  if (token === undefined) return unreadable('no-assertion')
  try {
    const header = headerSchema.parse(decodeProtectedHeader(token))
    const claims = claimsSchema.parse(decodeJwt(token))
    if (named !== undefined && named !== claims.iss) return unreadable('client-mismatch')
    return { method: 'private_key_jwt', clientId: claims.iss, assertion: { token, header, claims } }
  } catch {
    return unreadable('malformed')
  }
}

function unreadable(detail: string): Unreadable {
  return { method: 'unreadable', detail }
}

import { proofAlgorithms } from '@/lib/dpop/proof'
import { json } from '@/lib/http/json'

/** One answer for every token that opens nothing; `detail` stands in the log. */
export function invalidToken(detail: string): Refusal {
  return new Refusal(401, 'invalid_token', 'The access token is not valid here.', { detail })
}

type More = {
  readonly scope?: string
  readonly detail?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal with its challenge (RFC 6750 §3, RFC 9449 §7.1). Who sent no token is told no error. */
export class Refusal extends Error {
  readonly status: number
  readonly error: string | undefined
  readonly more: More

  constructor(status: number, error: string | undefined, description: string, more: More = {}) {
    super(description)
    this.status = status
    this.error = error
    this.more = more
  }

  toResponse(): Response {
    const { status, error, message, more } = this
    const fields = [
      ...(error === undefined ? [] : [`error="${error}"`, `error_description="${message}"`]),
      ...(more.scope === undefined ? [] : [`scope="${more.scope}"`]),
    ].join(', ')
    const challenge = `Bearer${fields && ` ${fields}`}, DPoP algs="${proofAlgorithms.join(' ')}"${fields && `, ${fields}`}`
    const headers = status === 503 ? { 'retry-after': '10' } : { 'www-authenticate': challenge }
    const body = error === undefined ? {} : { error, error_description: message }
    return json(body, status, { ...headers, ...more.headers })
  }
}

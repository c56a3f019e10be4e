/** Form parameters as sent, or why they cannot be used. */
export type FormReading =
  | { readonly outcome: 'read'; readonly form: ReadonlyMap<string, string> }
  | {
      readonly outcome: 'refused'
      readonly reason: 'wrong-content-type' | 'repeated-parameter' | 'malformed'
      /** The parameter that was repeated. */
      readonly name?: string
    }

/**
 * Reads an `application/x-www-form-urlencoded` body. A repeated parameter is refused, an empty one counts as omitted
 * (RFC 6749 §3.1, §3.2). The body's size is limited before this is called.
 */
export async function readForm(request: Request): Promise<FormReading> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded')
    return { outcome: 'refused', reason: 'wrong-content-type' }
  return readParameters(await request.text())
}

/** Reads parameters from a query string or form body, under the same rules. */
export function readParameters(encoded: string): FormReading {
  if (/%(?![0-9a-f]{2})/i.test(encoded)) return { outcome: 'refused', reason: 'malformed' }
  const form = new Map<string, string>()
  const seen = new Set<string>()
  for (const [name, value] of new URLSearchParams(encoded)) {
    if (seen.has(name)) return { outcome: 'refused', reason: 'repeated-parameter', name }
    seen.add(name)
    if (value.includes('\u0000') || value.includes('\uFFFD'))
      return { outcome: 'refused', reason: 'malformed' }
    if (value !== '') form.set(name, value)
  }
  return { outcome: 'read', form }
}

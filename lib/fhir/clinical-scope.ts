/** A SMART scope on resources, v1 or v2, in one shape. SMART App Launch 2.2 scopes-and-launch-context. */
export type ClinicalScope = {
  readonly level: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  readonly read: boolean
  readonly search: boolean
  /**
   * Constraints of a granular scope, all of which must hold: [parameter, value], both exactly as they were written. A
   * percent sign is no escape here: a decoded value could hold a space or `&`, and be read as more than was granted.
   */
  readonly query: readonly (readonly [name: string, value: string])[]
}

// `word` is RFC 6749's scope-char without `&`; a name also has no `=`.
const word = String.raw`[\x21\x23-\x25\x27-\x5B\x5D-\x7E]`
const name = String.raw`[\x21\x23-\x25\x27-\x3C\x3E-\x5B\x5D-\x7E]`
const pair = `${name}+=${word}+`
const head = String.raw`^(patient|user|system)/(\*|[A-Z][A-Za-z]+)\.`
const versionTwo = new RegExp(String.raw`${head}(?=[cruds])(c?r?u?d?s?)(?:\?(${pair}(?:&${pair})*))?$`)
const versionOne = new RegExp(String.raw`${head}(read|write|\*)$`)

/**
 * Reads one scope of the grammar; undefined for anything else, which then grants nothing: letters out of order, a
 * query after `.read`, a level in capitals. `c`, `u` and `d` are read and dropped, for this server writes nothing.
 */
export function parseClinicalScope(text: string): ClinicalScope | undefined {
  const found = versionTwo.exec(text)
  const old = found ? undefined : versionOne.exec(text)
  const [, level, type = '', permission = '', query] = found ?? old ?? []
  if (level !== 'patient' && level !== 'user' && level !== 'system') return undefined
  const isOldRead = old !== undefined && permission !== 'write'
  return {
    level,
    type,
    read: isOldRead || (found !== null && permission.includes('r')),
    search: isOldRead || (found !== null && permission.includes('s')),
    query: (query?.split('&') ?? []).map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at), part.slice(at + 1)] as const
    }),
  }
}

/** A SMART scope on resources, v1 or v2, in one shape. SMART App Launch 2.2 scopes-and-launch-context. */
export type ClinicalScope = {
  readonly level: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  readonly read: boolean
  readonly search: boolean
  /** Constraints of a granular scope, all of which must hold: [parameter, value]. */
  readonly query: readonly (readonly [name: string, value: string])[]
}

const versionTwo =
  /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(?=[cruds])(c?r?u?d?s?)(?:\?([^\s&=]+=[^\s&]+(?:&[^\s&=]+=[^\s&]+)*))?$/
const versionOne = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(read|write|\*)$/

/** Reads one scope of the grammar; undefined for anything else, which then grants nothing. */
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
      return [part.slice(0, at), decode(part.slice(at + 1))] as const
    }),
  }
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

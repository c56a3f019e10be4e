import { idPattern } from '@/lib/fhir/resource'

/** What a reference names: a resource of this server, something inside the same resource, or somewhere else. */
export type Reference =
  | { readonly kind: 'local'; readonly type: string; readonly id: string; readonly key: string }
  | { readonly kind: 'contained' }
  | { readonly kind: 'foreign' }

/**
 * Reads `Type/id`, `Type/id/_history/n`, an absolute URL under one of the bases, or `#id`. Everything else is foreign:
 * another server, a urn, or nothing we understand. FHIR R4 references.html §2.3.0.1
 */
export function parseReference(text: string, bases: readonly string[]): Reference {
  if (text.startsWith('#')) return { kind: 'contained' }
  const address = spellOut(text)
  const base = bases.find((one) => address.startsWith(`${one}/`))
  const relative = base ? address.slice(base.length + 1) : address
  const [type = '', id = '', history, version, ...more] = relative.split('/')
  const isVersioned = history === '_history' && idPattern.test(version ?? '')
  if (!/^[A-Z][A-Za-z]+$/.test(type) || !idPattern.test(id)) return { kind: 'foreign' }
  if (more.length > 0 || (history !== undefined && !isVersioned)) return { kind: 'foreign' }
  return { kind: 'local', type, id, key: `${type}/${id}` }
}

/** An address as everybody spells it: scheme and host in small letters, no dots to be followed. RFC 3986 §6.2 */
export function spellOut(text: string): string {
  return /^https?:/i.test(text) && URL.canParse(text) ? new URL(text).href : text
}

/** `Type/id` of a reference to this server, else undefined. */
export function localKey(text: string | undefined, bases: readonly string[]): string | undefined {
  const found = text === undefined ? undefined : parseReference(text, bases)
  return found?.kind === 'local' ? found.key : undefined
}

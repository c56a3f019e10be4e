import { safeReturnPath } from '@/lib/identity/return-path'

/** Parameters of a page, as Next gives them. */
export type SearchParams = Promise<Readonly<Record<string, string | string[] | undefined>>>

/** A page of linking, with the way back and what it has to say. */
export function linkAddress(path: string, to: string, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({ ...(to ? { to } : {}), ...more }).toString()
  return query ? `${path}?${query}` : path
}

/** Where linking was asked for, a path of ours; empty when it began here. */
export function returnPath(given: unknown): string {
  return safeReturnPath(given, '')
}

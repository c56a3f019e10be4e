import type { Caller } from './caller'
import type { Search } from './search'

/** A search whose matches are fixed, so that later pages neither repeat nor skip. */
type ResultPages = {
  readonly search: Search
  readonly matches: readonly string[]
  readonly caller: string
  readonly expires: number
}

const lifeMs = 10 * 60_000
const mostKept = 500

export type PageKeeper = {
  keep(search: Search, matches: readonly string[], caller: Caller): string
  find(id: string, caller: Caller): ResultPages | undefined
}

/** Pages belong to whom they were made for: person, chart and app. */
export function makePageKeeper(): PageKeeper {
  const kept = new Map<string, ResultPages>()
  return {
    keep(search, matches, caller) {
      for (const [id, { expires }] of kept) if (expires < Date.now() || kept.size >= mostKept) kept.delete(id)
      const id = crypto.randomUUID()
      kept.set(id, { search, matches, caller: identityOf(caller), expires: Date.now() + lifeMs })
      return id
    },
    find(id, caller) {
      const found = kept.get(id)
      return found && found.expires > Date.now() && found.caller === identityOf(caller) ? found : undefined
    },
  }
}

function identityOf({ door, sub, fhirUser, patientId, app }: Caller): string {
  return JSON.stringify([door, sub, fhirUser, patientId, app])
}

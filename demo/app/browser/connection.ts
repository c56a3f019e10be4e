import type { Bundle, Resource } from 'fhir/r4'
import type Client from 'fhirclient/lib/Client'
import { checkIdToken } from './id-token'
import { type Problem, problemOfRead, problemOfStatus, statusOf } from './problems'
import { endSession, type Session } from './session'

export type Read<Body> =
  | { readonly outcome: 'ok'; readonly body: Body }
  | { readonly outcome: 'problem'; readonly problem: Problem }

/** A working connection to one chart: the library's client, with what it leaves undone. */
export type Connection = {
  readonly patientId: string | null
  readonly fhirUser: string | null
  grantedScopes(): readonly string[]
  expiresAt(): Date | undefined
  canRenew(): boolean
  read<Body extends Resource>(path: string): Promise<Read<Body>>
  /** Every page of a search, up to `pageLimit`; a page elsewhere than at this server is never fetched. */
  search<Body extends Resource>(path: string): Promise<Read<readonly Body[]>>
  /** Undefined if access was renewed. */
  renew(): Promise<Problem | undefined>
  /** True if the server was told, or offers no way to be told. */
  signOut(): Promise<boolean>
}

const pageLimit = 20

export function openConnection(client: Client, session: Session, storage: Storage): Connection {
  let renewing: Promise<Problem | undefined> | undefined
  const token = (): string | undefined => client.state.tokenResponse?.access_token

  const renew = (): Promise<Problem | undefined> => {
    renewing ??= renewAccess(client, session, storage).finally(() => {
      renewing = undefined
    })
    return renewing
  }

  const fetchJson = async <Body extends Resource>(path: string): Promise<Read<Body>> => {
    if (isDue(client)) {
      const problem = await renew()
      if (problem) return { outcome: 'problem', problem }
    }
    const used = token()
    try {
      return { outcome: 'ok', body: await client.fhirRequest<Body>(path) }
    } catch (error) {
      const problem = problemOfRead(error)
      const canTryAgain =
        problem === 'access-ended' && client.state.tokenResponse?.refresh_token !== undefined
      if (!canTryAgain) return endIfOver(problem, client, storage)
      const stillBroken = token() === used ? await renew() : undefined
      return stillBroken ? { outcome: 'problem', problem: stillBroken } : fetchOnce(client, path, storage)
    }
  }

  const search = async <Body extends Resource>(path: string): Promise<Read<readonly Body[]>> => {
    const found: Body[] = []
    let next: string | undefined = path
    for (let page = 0; next !== undefined && page < pageLimit; page += 1) {
      const answer: Read<Bundle<Body>> = await fetchJson<Bundle<Body>>(next)
      if (answer.outcome === 'problem') return answer
      for (const { resource } of answer.body.entry ?? []) if (resource) found.push(resource)
      next = nextPage(answer.body, client.state.serverUrl)
    }
    return { outcome: 'ok', body: found }
  }

  return {
    patientId: client.getPatientId(),
    fhirUser: client.getFhirUser(),
    grantedScopes: () => (client.state.tokenResponse?.scope ?? '').split(' ').filter(Boolean),
    expiresAt: () => (client.state.expiresAt ? new Date(client.state.expiresAt * 1000) : undefined),
    canRenew: () => client.state.tokenResponse?.refresh_token !== undefined,
    read: fetchJson,
    search,
    renew,
    signOut: async () => {
      const wasTold = await revoke(client, session)
      forget(client, storage)
      return wasTold
    },
  }
}

async function fetchOnce<Body extends Resource>(
  client: Client,
  path: string,
  storage: Storage,
): Promise<Read<Body>> {
  try {
    return { outcome: 'ok', body: await client.fhirRequest<Body>(path) }
  } catch (error) {
    return endIfOver(problemOfRead(error), client, storage)
  }
}

function endIfOver(
  problem: Problem,
  client: Client,
  storage: Storage,
): { outcome: 'problem'; problem: Problem } {
  if (problem === 'access-ended') forget(client, storage)
  return { outcome: 'problem', problem }
}

function isDue({ state }: Client): boolean {
  return state.tokenResponse?.refresh_token !== undefined && (state.expiresAt ?? 0) - 10 < Date.now() / 1000
}

/**
 * Refreshes through the library. It throws the refresh token away after any failure, so that a server that is
 * down for a minute would end the connection: unless the server said no, the token is put back.
 */
async function renewAccess(client: Client, session: Session, storage: Storage): Promise<Problem | undefined> {
  const kept = client.state.tokenResponse?.refresh_token
  const earlierIdToken = client.state.tokenResponse?.id_token
  if (kept === undefined) return 'access-ended'
  try {
    await client.refresh()
  } catch (error) {
    const status = statusOf(error)
    if (status === 400 || status === 401) return endIfOver('access-ended', client, storage).problem
    client.state.tokenResponse = { ...client.state.tokenResponse, refresh_token: kept }
    if (client.state.key) storage.setItem(client.state.key, JSON.stringify(client.state))
    return problemOfStatus(status)
  }
  // A refresh need not bring an id_token; the library keeps the earlier one then.
  if (client.state.tokenResponse?.id_token === earlierIdToken) return undefined
  const claims = checkIdToken(client.getIdToken(), {
    issuer: session.issuer,
    clientId: client.state.clientId ?? '',
    nonce: undefined,
    now: new Date(),
  })
  if (claims?.sub === session.subject) return undefined
  forget(client, storage)
  return 'wrong-id-token'
}

/**
 * The address of the next page, if it is this server's own. The library would send the access token to whatever
 * address a bundle names.
 */
export function nextPage(bundle: Pick<Bundle, 'link'>, base: string): string | undefined {
  const next = bundle.link?.find(({ relation }) => relation === 'next')?.url
  if (next === undefined || !URL.canParse(next, `${base}/`)) return undefined
  const url = new URL(next, `${base}/`)
  const home = new URL(base)
  const path = home.pathname.replace(/\/$/, '')
  const isHere = url.origin === home.origin && (url.pathname === path || url.pathname.startsWith(`${path}/`))
  return isHere ? url.href : undefined
}

async function revoke(client: Client, { revocationEndpoint }: Session): Promise<boolean> {
  const { refresh_token, access_token } = client.state.tokenResponse ?? {}
  const token = refresh_token ?? access_token
  if (revocationEndpoint === undefined || token === undefined) return true
  const body = new URLSearchParams({
    token,
    token_type_hint: refresh_token === undefined ? 'access_token' : 'refresh_token',
    client_id: client.state.clientId ?? '',
  })
  return fetch(revocationEndpoint, { method: 'POST', body, credentials: 'omit' }).then(
    ({ ok }) => ok,
    () => false,
  )
}

function forget(client: Client, storage: Storage): void {
  client.state.tokenResponse = {}
  endSession(storage)
}

import { config, type Provider } from '@/lib/config/config'
import { db, type Tx } from '@/lib/db/database'
import type { SessionKind } from '@/lib/identity/session-limits'
import { quirksOf } from '@/lib/identity/upstream/presets'
import { isAmongStops, isStopped, type LiveStops } from '@/lib/stops/stops'

/** A provider as a sign-in page shows it. */
export type ProviderChoice = { readonly id: string; readonly name: string; readonly available: boolean }

/** The providers for patients or for staff, in the order of configuration; a paused one is shown as not available. */
export async function listProviders(kind: SessionKind): Promise<readonly ProviderChoice[]> {
  const choices = config().providers.filter((provider) => kindOf(provider) === kind)
  return Promise.all(
    choices.map(async ({ id, name }) => ({
      id,
      name,
      available: !(await isStopped(db(), [['provider', id]])),
    })),
  )
}

/** A provider by its id, or undefined when the configuration names none. */
export function findProvider(id: string): Provider | undefined {
  return config().providers.find((provider) => provider.id === id)
}

/** What people call a provider; its id when the configuration no longer names it. */
export function providerName(id: string): string {
  return findProvider(id)?.name ?? id
}

/** Whether a provider can prove that somebody has just authenticated. */
export function provesWhen({ issuer }: Pick<Provider, 'issuer'>): boolean {
  return quirksOf(issuer).provesWhen
}

/** Which sessions a provider gives: staff from a workforce provider, patients from any other, never both. */
export function kindOf(provider: Pick<Provider, 'workforce'>): SessionKind {
  return provider.workforce ? 'staff' : 'patient'
}

/**
 * Whether sessions of this provider count now: configured still, with the same issuer and for the same kind of people,
 * and not paused.
 */
export async function isServing(tx: Tx, session: SignedInBy, kind: SessionKind): Promise<boolean> {
  return isConfigured(session, kind) && !(await isStopped(tx, [['provider', session.provider]]))
}

/** The same, for a caller that read with the session what is paused. */
export function isServingBeside(stops: LiveStops, session: SignedInBy, kind: SessionKind): boolean {
  return isConfigured(session, kind) && !isAmongStops(stops, [['provider', session.provider]])
}

type SignedInBy = { readonly provider: string; readonly issuer: string }

function isConfigured({ provider: id, issuer }: SignedInBy, kind: SessionKind): boolean {
  const provider = findProvider(id)
  return provider !== undefined && provider.issuer === issuer && kindOf(provider) === kind
}

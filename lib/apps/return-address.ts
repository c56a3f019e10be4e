import { findApp } from '@/lib/apps/apps'
import { db } from '@/lib/db/database'

/** Where a person came from and may go back to. */
export type ReturnAddress = { readonly portalId: string; readonly portal: string; readonly address: string }

/**
 * The address of a portal that a query names, if the portal registered exactly this one: compared as they stand, so that
 * our pages link to nobody's choice but the clinic's (RFC 9700 §4.11).
 */
export async function findReturnAddress(
  portalId: unknown,
  address: unknown,
): Promise<ReturnAddress | undefined> {
  if (typeof portalId !== 'string' || !/^[a-z0-9][a-z0-9-]{0,40}$/.test(portalId)) return undefined
  const app = await findApp(db(), portalId)
  const registered = app?.kind === 'backend' && app.returnAddresses.find((one) => one === address)
  return app && registered ? { portalId, portal: app.name, address: registered } : undefined
}

import { findLookAlikes } from '@/lib/apps/look-alike'
import type { PatientApp } from '@/lib/apps/metadata'
import { config } from '@/lib/config/config'
import type { Tx } from '@/lib/db/database'

/** Names that an app's own or its developer's could be taken for: both stand on the page where people say yes. */
export async function findResembled(tx: Tx, app: PatientApp): Promise<readonly string[]> {
  const { brand, ehrs } = config()
  const apps = await tx.app.findMany({
    where: { removedAt: null, NOT: { id: app.id } },
    select: { name: true },
  })
  const clinics = [brand.name, brand.shortName, ...ehrs.map(({ name }) => name)]
  const byName = findLookAlikes(app.name, [...clinics, ...apps.map(({ name }) => name)])
  return [...new Set([...byName, ...findLookAlikes(app.developer, clinics)])].slice(0, 10)
}

import { metadataOf } from '@/lib/apps/metadata'
import { appEntrySchema } from '@/lib/config/app-entry'
import { db } from '@/lib/db/database'

/** Registers one more app, as staff would. What is not given is as the configuration file would fill it in. */
export async function addApp(
  entry: Readonly<Record<string, unknown>> & { readonly id: string },
): Promise<void> {
  const usual = { kind: 'app', developer: 'Test', redirectUris: [`https://${entry.id}.example/cb`] }
  const isBackend = entry['kind'] === 'backend'
  const parsed = appEntrySchema.parse({ name: entry.id, ...(isBackend ? {} : usual), ...entry })
  const { id, kind, name } = parsed
  await db().app.create({ data: { id, kind, name, metadata: metadataOf(parsed), source: 'staff' } })
}

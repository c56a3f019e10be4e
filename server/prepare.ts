import { syncApps } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import { ensureKeys } from '@/lib/keys/keys'
import { log } from '@/lib/log/log'
import { informationBlockingWarning } from '@/lib/release-policy/information-blocking'

/** What modules need before the first request. Safe to repeat, and on several replicas at once. */
export async function prepareModules(): Promise<void> {
  await ensureKeys()
  await syncApps()
  for (const ehr of config().ehrs) {
    const warning = informationBlockingWarning(ehr)
    if (warning) log.warn('release-policy.information-blocking', { ehr: ehr.id, warning })
  }
}

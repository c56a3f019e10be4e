import { listApps } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import type { Translate } from '@/lib/language/translate'
import type { StopTarget } from '@/lib/stops/stops'

/** Something that can be paused: its value in the form, and its name. */
export type TargetChoice = { readonly value: string; readonly label: string }

/** Everything that can be paused, the widest first. */
export async function listTargets(t: Translate): Promise<readonly TargetChoice[]> {
  const { providers, ehrs } = config()
  const apps = await listApps()
  return [
    { value: 'linking', label: t('stops.target.linking') },
    { value: 'token-issue', label: t('stops.target.tokenIssue') },
    ...ehrs.map(({ id, name }) => ({ value: `ehr:${id}`, label: t('stops.target.ehr', { name }) })),
    ...providers.map(({ id, name }) => ({
      value: `provider:${id}`,
      label: t('stops.target.provider', { name }),
    })),
    ...apps.map(({ id, name }) => ({ value: `app:${id}`, label: t('stops.target.app', { name }) })),
  ]
}

/** The form value of a target. */
export function targetValue(stop: { readonly target: StopTarget; readonly targetId: string }): string {
  return stop.targetId === '' ? stop.target : `${stop.target}:${stop.targetId}`
}

/** The target a form value names; undefined when it names none. */
export function parseTarget(
  value: unknown,
): { readonly target: StopTarget; readonly targetId: string } | undefined {
  if (value === 'linking' || value === 'token-issue') return { target: value, targetId: '' }
  const [, kind, id] = /^(app|provider|ehr):(.{1,200})$/.exec(String(value)) ?? []
  if (id === undefined || (kind !== 'app' && kind !== 'provider' && kind !== 'ehr')) return undefined
  return { target: kind, targetId: id }
}

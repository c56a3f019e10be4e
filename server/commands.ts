import { findApp, listApps, removeApp } from '@/lib/apps/apps'
import { endOlderSecrets, hasSecret, rotateSecret } from '@/lib/apps/secrets'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { migrate } from '@/lib/db/migrate'
import { issueStaffInvitation, parseRole } from '@/lib/identity/invitations'
import { type Rotation, rotateKeys } from '@/lib/keys/rotate'
import { liftStop, listStops, type StopTarget, setStop } from '@/lib/stops/stops'
import { now } from '@/lib/time/clock'

/** One command of the operator: what it takes, what it does, and a sentence of what happened. */
export type Command = {
  readonly words: readonly string[]
  readonly text: string
  run(words: readonly string[]): Promise<string>
}

const operator = { kind: 'system', id: 'command' } as const
const targets: readonly StopTarget[] = ['linking', 'token-issue', 'app', 'provider', 'ehr']

/** The commands, by name. */
export const commands: Readonly<Record<string, Command>> = {
  migrate: {
    words: [],
    text: 'apply pending database migrations',
    run: async () => {
      const applied = await migrate()
      return applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`
    },
  },
  stops: {
    words: [],
    text: 'list what is paused',
    run: async () => {
      const stops = await listStops()
      return stops.length === 0
        ? 'Nothing is paused.'
        : stops.map((s) => `${s.target} ${s.targetId} since ${s.since.toISOString()}: ${s.reason}`).join('\n')
    },
  },
  stop: {
    words: ['target[:id]', 'reason'],
    text: `pause ${targets.join(', ')} from the next request`,
    run: async ([what = '', ...reason]) => {
      const { target, id } = parseTarget(what)
      const why = reason.join(' ').trim()
      if (why === '' || why.length > longestReason)
        throw new Error(`Say why, in at most ${longestReason} characters.`)
      if (!(await listIds(target)).includes(id))
        throw new Error(`No such ${target}: "${id}". Known: ${(await listIds(target)).join(', ')}`)
      const outcome = await setStop(target, id, { reason: why, actor: operator })
      return outcome === 'stopped' ? `Paused: ${what}` : `Was paused already: ${what}`
    },
  },
  resume: {
    words: ['target[:id]'],
    text: 'resume what was paused',
    run: async ([what = '']) => {
      const { target, id } = parseTarget(what)
      const outcome = await liftStop(target, id, operator)
      return outcome === 'lifted' ? `Resumed: ${what}` : `Was not paused: ${what}`
    },
  },
  'rotate-keys': {
    words: [],
    text: 'let the next signing keys sign; add "now" to skip the wait after their publication',
    run: async ([how]) => {
      const rotations = await rotateKeys('all', { now: now(), force: how === 'now' })
      return rotations.map(describeRotation).join('\n')
    },
  },
  'remove-app': {
    words: ['id'],
    text: 'end an app: its tokens are dead with the next request',
    run: async ([id = '']) => {
      const removed = await db().$transaction((tx) => removeApp(tx, id, operator))
      return removed ? `Removed: ${id}` : `No such app: ${id}`
    },
  },
  'rotate-secret': {
    words: ['id'],
    text: 'a new secret for a confidential app; the one before it stays good for a week',
    run: async ([id = '']) => {
      const app = await findApp(db(), id)
      if (app?.kind !== 'app' || !hasSecret(app)) throw new Error(`No app with a secret: ${id}`)
      const by = { actor: operator, origin: 'command', now: now() } as const
      const secret = await db().$transaction((tx) => rotateSecret(tx, id, by))
      return `The new secret of ${id}, shown this once:\n${secret}`
    },
  },
  'end-old-secrets': {
    words: ['id'],
    text: 'end every secret of an app but the newest, now',
    run: async ([id = '']) => {
      const by = { actor: operator, now: now() }
      return `Ended: ${await db().$transaction((tx) => endOlderSecrets(tx, id, by))}`
    },
  },
  invite: {
    words: ['role'],
    text: 'a one-time number that makes a staff member desk, records or admin',
    run: async ([name = '']) => {
      const role = parseRole(name)
      if (!role) throw new Error(`Unknown role "${name}": desk, records or admin.`)
      const number = await issueStaffInvitation(role, operator, now())
      return `Sign in as staff, open ${config().issuer}/staff/invitation and enter within 24 hours:\n${number}`
    },
  },
}

function describeRotation(rotation: Rotation): string {
  if (rotation.outcome === 'rotated') return `${rotation.algorithm}: ${rotation.kid} signs now`
  if (rotation.outcome === 'waiting')
    return `${rotation.algorithm}: the next key may sign from ${rotation.until.toISOString()}`
  return `${rotation.algorithm}: another rotation was faster`
}

/** As long as the audit takes it. */
const longestReason = 200

/** What there is to pause of a kind; the kinds without ids have the empty one. */
async function listIds(target: StopTarget): Promise<readonly string[]> {
  if (target === 'app') return (await listApps()).map(({ id }) => id)
  if (target === 'provider') return config().providers.map(({ id }) => id)
  if (target === 'ehr') return config().ehrs.map(({ id }) => id)
  return ['']
}

function parseTarget(what: string): { target: StopTarget; id: string } {
  const [name = '', id = ''] = what.split(':')
  const target = targets.find((known) => known === name)
  if (!target) throw new Error(`Unknown target "${name}": one of ${targets.join(', ')}.`)
  const needsId = target === 'app' || target === 'provider' || target === 'ehr'
  if (needsId !== (id !== ''))
    throw new Error(needsId ? `Name which: ${target}:<id>` : `${target} takes no id.`)
  return { target, id }
}

import { type EventName, events } from '@/lib/audit/events'
import type { AuditEntry } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { requestContext } from '@/lib/http/request-context'
import { once } from '@/lib/process/once'

type Row = Parameters<ReturnType<typeof db>['auditEvent']['createMany']>[0] extends
  | { data: infer D }
  | undefined
  ? Extract<D, readonly unknown[]>[number]
  : never
type Waiting = { readonly row: Row; readonly resolve: () => void; readonly reject: (fault: unknown) => void }
type Queue = { waiting: Waiting[]; timer: NodeJS.Timeout | undefined }

/** How long a row may wait for others, in milliseconds, and how many go at once. */
const longestWait = 4
const mostTogether = 200

/**
 * Writes the audit row of a read. Reads change nothing, so rows of several are committed together; the promise is kept
 * when this row is in the database, and the answer waits for it. A row that cannot be written rejects.
 */
export function recordGrouped<N extends EventName>(name: N, entry: AuditEntry<N>): Promise<void> {
  const about = Object.fromEntries(
    Object.entries(entry.about ?? {}).filter(([, value]) => value !== undefined),
  )
  const row: Row = {
    name,
    actorKind: entry.actor.kind,
    actor: entry.actor.id ?? null,
    outcome: entry.outcome ?? 'success',
    requestId: requestContext().requestId,
    ...about,
    detail: events[name].parse(entry.detail),
  }
  const queue = once<Queue>('audit-queue', () => ({ waiting: [], timer: undefined }))
  return new Promise<void>((resolve, reject) => {
    queue.waiting.push({ row, resolve, reject })
    if (queue.waiting.length >= mostTogether) flush(queue)
    else queue.timer ??= setTimeout(() => flush(queue), longestWait)
  })
}

function flush(queue: Queue): void {
  clearTimeout(queue.timer)
  queue.timer = undefined
  const batch = queue.waiting
  queue.waiting = []
  if (batch.length === 0) return
  db()
    .auditEvent.createMany({ data: batch.map(({ row }) => row) })
    .then(
      () => {
        for (const { resolve } of batch) resolve()
      },
      (fault: unknown) => {
        for (const { reject } of batch) reject(fault)
      },
    )
}

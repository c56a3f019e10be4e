import { randomUUID } from 'node:crypto'
import { type EventDetail, type EventName, events } from '@/lib/audit/events'
import type { Tx } from '@/lib/db/database'
import { requestContext } from '@/lib/http/request-context'

/** Who did it. `id`: account id, digest of a staff member, app id, or the name of a command or job. */
export type Actor = {
  readonly kind: 'patient' | 'staff' | 'app' | 'backend' | 'system' | 'anonymous'
  readonly id?: string | undefined
}

/** One act, for the audit. `about` names what it concerned. */
export type AuditEntry<N extends EventName> = {
  readonly actor: Actor
  readonly outcome?: 'success' | 'refused'
  readonly about?: {
    readonly accountId?: string | undefined
    readonly ehrId?: string | undefined
    readonly patientId?: string | undefined
    readonly appId?: string | undefined
    readonly grantId?: string | undefined
    readonly linkId?: string | undefined
  }
  readonly detail: EventDetail<N>
}

/**
 * Writes an audit row in the transaction of the act: an act without its row did not happen. The detail is validated
 * against the catalogue. Rows cannot be changed or deleted (trigger).
 */
export async function record<N extends EventName>(tx: Tx, name: N, entry: AuditEntry<N>): Promise<void> {
  const { requestId } = requestContext()
  const about = Object.fromEntries(
    Object.entries(entry.about ?? {}).filter(([, value]) => value !== undefined),
  )
  await tx.auditEvent.create({
    data: {
      name,
      actorKind: entry.actor.kind,
      actor: entry.actor.id ?? null,
      outcome: entry.outcome ?? 'success',
      requestId,
      ...about,
      detail: events[name].parse(entry.detail),
    },
  })
}

/**
 * The audit row of an act that is one data-modifying statement: an INSERT that writes it for the row of `source`, to
 * stand in the same WITH. Its parameters, from `$first` on, come from `auditParameters`.
 */
export function auditInsert(source: string, first: number): string {
  const values = auditColumns.map(([, type], index) => `$${first + index}::${type}`)
  const names = auditColumns.map(([name]) => name)
  return `INSERT INTO audit_event (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${source}`
}

/**
 * The same with a row for each grant of `source`, which has a column `id`: how many there are is known only when the
 * statement runs. Its parameters come from `auditParametersOfEach`.
 */
export function auditInsertOfEach(source: string, first: number): string {
  const shared = auditColumns.filter(([name]) => name !== 'id' && name !== 'grant_id')
  const values = shared.map(([, type], index) => `$${first + index}::${type}`)
  const names = shared.map(([name]) => name)
  return `INSERT INTO audit_event (id, grant_id, ${names.join(', ')})
    SELECT gen_random_uuid(), ${source}.id, ${values.join(', ')} FROM ${source}`
}

/** The parameters of `auditInsertOfEach`, validated against the catalogue. */
export function auditParametersOfEach<N extends EventName>(
  name: N,
  entry: AuditEntry<N>,
): readonly unknown[] {
  const own = new Set(['id', 'grant_id'])
  return auditParameters(name, entry).filter((_, index) => !own.has(auditColumns[index]?.[0] ?? ''))
}

/** The parameters of `auditInsert`, validated against the catalogue. */
export function auditParameters<N extends EventName>(name: N, entry: AuditEntry<N>): readonly unknown[] {
  const about = entry.about ?? {}
  return [
    randomUUID(),
    name,
    entry.actor.kind,
    entry.actor.id ?? null,
    about.accountId ?? null,
    about.ehrId ?? null,
    about.patientId ?? null,
    about.appId ?? null,
    about.grantId ?? null,
    about.linkId ?? null,
    requestContext().requestId,
    entry.outcome ?? 'success',
    JSON.stringify(events[name].parse(entry.detail)),
  ]
}

const auditColumns = [
  ['id', 'uuid'],
  ['name', 'text'],
  ['actor_kind', 'text'],
  ['actor', 'text'],
  ['account_id', 'uuid'],
  ['ehr_id', 'text'],
  ['patient_id', 'text'],
  ['app_id', 'text'],
  ['grant_id', 'uuid'],
  ['link_id', 'uuid'],
  ['request_id', 'text'],
  ['outcome', 'text'],
  ['detail', 'jsonb'],
] as const

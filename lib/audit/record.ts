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

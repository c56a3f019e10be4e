import { z } from 'zod'
import { type BackendApp, speaksFor } from '@/lib/apps/metadata'
import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { json } from '@/lib/http/json'
import { findBackendCaller } from '@/lib/journeys/backend-caller'
import { type CodeOrder, type IssueRefusal, issueCode } from '@/lib/journeys/issue-code'
import { identifications, receivers } from '@/lib/linking/codes'
import { now } from '@/lib/time/clock'

/** What a backend client must have been given to issue codes. An extension scope starts with `__` (SMART 2.2, scopes). */
export const activationCodesScope = '__activation-codes.issue'

/** An id as FHIR writes it. Dots alone would be a step in a path and not a name. */
const fhirId = z.string().regex(/^(?!\.+$)[A-Za-z0-9.-]{1,64}$/)

const orderSchema = z
  .strictObject({
    ehr: z.string().regex(/^[\x21-\x7e]{1,60}$/),
    patient: fhirId,
    relationship: z.enum(['self', 'proxy']).default('self'),
    relatedPerson: fhirId.optional(),
    receivedBy: z.enum(receivers).default('visit-summary'),
    identification: z.enum(identifications).default('none'),
  })
  // a self code that named another person would live beside the one it should replace
  .refine((order) => (order.relationship === 'proxy') === (order.relatedPerson !== undefined), {
    path: ['relatedPerson'],
  })

const bodySchema = z.strictObject({ codes: z.array(orderSchema).min(1).max(100) })

/** How many records are looked at in the EHR at once. */
const atOnce = 8

/**
 * `POST /activation-codes`: a backend client orders codes for printing on visit summaries, up to 100 at a time. Each
 * order is answered in its place, issued or refused; the codes are in this answer and nowhere else. Needs a Bearer
 * token of ours (`aud` = issuer) with the scope above; a removed or paused client is refused at once. (spec A7.1)
 */
export async function activationCodesEndpoint(request: Request): Promise<Response> {
  const caller = await findBackendCaller(request, activationCodesScope)
  if (caller.outcome === 'refused') return caller.response
  const body = bodySchema.safeParse(await request.json().catch(() => undefined))
  if (!body.success) return json({ error: 'invalid_request', error_description: explain(body.error) }, 400)
  const answers: unknown[] = []
  for (let start = 0; start < body.data.codes.length; start += atOnce)
    answers.push(
      ...(await Promise.all(
        body.data.codes.slice(start, start + atOnce).map((one) => answer(caller.app, one)),
      )),
    )
  return json({ codes: answers })
}

type Order = z.infer<typeof orderSchema>

/**
 * A client of one EHR orders nothing for the charts of another: a code opens a chart. What it says of who received a code
 * and what ID was seen becomes evidence of the link, so it may only say what its configuration lets it: by default that
 * it goes by post or on a visit summary, and that no ID was seen.
 */
function mayOrder(client: BackendApp, { ehr, receivedBy, identification }: Order): boolean {
  const isInPerson = receivedBy.endsWith('-in-person')
  const mayClaim = client.codeReceivers.includes(receivedBy) && (isInPerson || identification === 'none')
  return speaksFor(client, ehr) && mayClaim
}

async function answer(client: BackendApp, ordered: Order): Promise<unknown> {
  const { ehr, patient, relationship, relatedPerson, receivedBy, identification } = ordered
  const actor = { kind: 'backend', id: client.id } as const
  if (!mayOrder(client, ordered)) {
    await record(db(), 'code.issue-refused', {
      actor,
      outcome: 'refused',
      about: { ehrId: ehr, patientId: patient },
      detail: { reason: 'not-permitted', relationship },
    })
    return refused('not-permitted')
  }
  const order: CodeOrder = {
    ehrId: ehr,
    patientId: patient,
    relationship,
    relatedPersonId: relatedPerson,
    receivedBy,
    identification,
  }
  const issued = await issueCode({ kind: 'backend', actor }, order, { now: now() })
  if (issued.outcome === 'refused') return refused(publicReason(issued.reason))
  return {
    ehr,
    patient,
    relationship,
    outcome: 'issued',
    code: issued.code,
    link: issued.link,
    expires: issued.expiresAt.toISOString(),
  }
}

/** Known by its place: a refusal repeats nothing of what was ordered. */
function refused(reason: string): { readonly outcome: 'refused'; readonly reason: string } {
  return { outcome: 'refused', reason }
}

/** The client knows the record; what it needs to know is whether to try again. */
function publicReason(reason: IssueRefusal): 'not-eligible' | 'temporarily-unavailable' {
  return reason === 'ehr-unreachable' || reason === 'paused' ? 'temporarily-unavailable' : 'not-eligible'
}

/** Where the body is wrong, without repeating it. */
function explain(error: z.ZodError): string {
  const [issue] = error.issues
  const place = issue?.path.join('.') || 'body'
  return `${place}: ${issue?.code === 'too_big' ? 'at most 100' : 'not as expected'}. Send {"codes":[{"ehr","patient",…}]}, 1 to 100 of them.`
}

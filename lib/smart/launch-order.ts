import { z } from 'zod'
import type { LaunchContext } from '@/lib/smart/launch-context'

/** An id as FHIR writes it. Dots alone would be a step in a path and not a name. */
const fhirId = z.string().regex(/^(?!\.+$)[A-Za-z0-9.-]{1,64}$/)
const name = z.string().regex(/^[\x21-\x7e]{1,200}$/)
/** Text without control characters or broken letters: the database and other people's programs have to take it. */
const plainText = z.string().regex(/^[^\p{C}]{1,200}$/u)
const absoluteUri = z.string().regex(/^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,400}$/i)

const identifier = z.strictObject({
  use: z.enum(['usual', 'official', 'temp', 'secondary', 'old']).optional(),
  system: absoluteUri.optional(),
  value: plainText,
})

/**
 * Another resource in context (SMART App Launch 2.2 K4): named in at least one way, by a relative reference, with a role
 * that is not empty. The patient stands beside it and an encounter is not offered here, so neither may come in this way
 * unless for another role than the launch's own.
 */
const contextResource = z
  .strictObject({
    reference: z
      .string()
      .regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/)
      .optional(),
    canonical: absoluteUri.optional(),
    identifier: identifier.optional(),
    type: z
      .string()
      .regex(/^[A-Z][A-Za-z]{1,63}$/)
      .optional(),
    role: z.union([z.literal('launch'), absoluteUri]).optional(),
  })
  .refine((one) => one.reference !== undefined || one.canonical !== undefined || one.identifier !== undefined)
  .refine((one) => (one.role ?? 'launch') !== 'launch' || !namesPatientOrEncounter(one))

function namesPatientOrEncounter(one: {
  readonly reference?: string | undefined
  readonly type?: string | undefined
}): boolean {
  const types = [one.reference?.split('/')[0], one.type]
  return types.includes('Patient') || types.includes('Encounter')
}

/** Launch context as it stands on the wire, with SMART's own names. */
const contextSchema = z
  .strictObject({
    need_patient_banner: z.boolean().default(true),
    intent: plainText.optional(),
    tenant: plainText.optional(),
    fhirContext: z.array(contextResource).max(20).optional(),
    /** Whether the app is told how the clinic looks (`smart_style_url`). */
    style: z.boolean().default(true),
  })
  .transform(
    (given): LaunchContext => ({
      needPatientBanner: given.need_patient_banner,
      hasStyle: given.style,
      ...(given.intent === undefined ? {} : { intent: given.intent }),
      ...(given.tenant === undefined ? {} : { tenant: given.tenant }),
      ...(given.fhirContext === undefined ? {} : { fhirContext: given.fhirContext }),
    }),
  )

/**
 * What a portal orders: which app, on whose chart, for whom. The person is named by the pair (issuer, subject), or by an
 * assertion that names and vouches; never by both.
 */
export const launchOrderSchema = z
  .strictObject({
    app: name,
    ehr: name,
    patient: fhirId,
    person: z.strictObject({ issuer: name, subject: z.string().regex(/^[\x20-\x7e]{1,255}$/) }).optional(),
    assertion: z
      .string()
      .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)
      .max(8_000)
      .optional(),
    /** Which of the app's launch URLs; its first if left out. */
    launchUrl: z.string().max(2_000).optional(),
    context: contextSchema.prefault({}),
  })
  .refine((order) => (order.person === undefined) !== (order.assertion === undefined), { path: ['person'] })

/** An order that has the right shape. */
export type LaunchOrder = z.infer<typeof launchOrderSchema>

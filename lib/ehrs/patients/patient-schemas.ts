import { z } from 'zod'

/** FHIR R4 Period. */
export const period = z.object({ start: z.string().optional(), end: z.string().optional() }).optional()

/** FHIR R4 HumanName, as much as is shown. */
export const name = z.object({
  use: z.string().optional(),
  text: z.string().optional(),
  family: z.string().optional(),
  given: z.array(z.string()).optional(),
  period,
})

const coding = z.object({
  system: z.string().optional(),
  code: z.string().optional(),
  display: z.string().optional(),
})

const concept = z.object({ coding: z.array(coding).optional(), text: z.string().optional() })

const id = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/)

/** FHIR R4 Patient, as much as linking reads. */
export const patientSchema = z.object({
  resourceType: z.literal('Patient'),
  id,
  meta: z.object({ versionId: z.string().optional() }).optional(),
  active: z.boolean().optional(),
  deceasedBoolean: z.boolean().optional(),
  deceasedDateTime: z.string().optional(),
  birthDate: z.string().optional(),
  name: z.array(name).optional(),
  telecom: z
    .array(
      z.object({
        system: z.string().optional(),
        value: z.string().optional(),
        use: z.string().optional(),
        rank: z.number().optional(),
        period,
      }),
    )
    .optional(),
  identifier: z
    .array(z.object({ type: concept.optional(), value: z.string().optional(), use: z.string().optional() }))
    .optional(),
  communication: z.array(z.object({ language: concept, preferred: z.boolean().optional() })).optional(),
  link: z
    .array(z.object({ type: z.string(), other: z.object({ reference: z.string().optional() }) }))
    .optional(),
})

/** FHIR R4 RelatedPerson, as much as a proxy's link reads. */
export const relatedPersonSchema = z.object({
  resourceType: z.literal('RelatedPerson'),
  id,
  active: z.boolean().optional(),
  patient: z.object({ reference: z.string() }),
  relationship: z.array(concept).optional(),
  name: z.array(name).optional(),
  period,
})

/** FHIR R4 Person: the records that are one human being. */
export const personSchema = z.object({
  resourceType: z.literal('Person'),
  id,
  active: z.boolean().optional(),
  link: z.array(z.object({ target: z.object({ reference: z.string().optional() }) })).optional(),
})

/** FHIR R4 Bundle of a search, with whatever resources. */
export const bundleSchema = z.object({
  resourceType: z.literal('Bundle'),
  entry: z.array(z.object({ resource: z.unknown() })).optional(),
})

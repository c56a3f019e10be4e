import { type Coding, hasCoding, labelsOf } from '@/lib/fhir/coding'
import { isObject, type JsonObject, textAt, visit } from '@/lib/fhir/json-value'

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'

/**
 * Labels by which a clinician keeps one resource from the patient for now: "not to the patient without the attending
 * clinician" and "to be discussed first", which triggers it. HL7 v3-ActCode.
 */
const holds: ReadonlySet<string> = new Set(['NOPAT', 'TBOO'])
/** The code system by its names: of R4, of STU3, by OID, or none. */
const actCodes: ReadonlySet<string | undefined> = new Set([
  actCode,
  'http://hl7.org/fhir/v3/ActCode',
  'urn:oid:2.16.840.1.113883.5.4',
  undefined,
])

const inlineLabel =
  'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label'
const processInline: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  code: 'PROCESSINLINELABEL',
}

/** Whether a clinician holds this resource, of whatever type. */
export function isHeld(resource: JsonObject): boolean {
  return labelsOf(resource).some(
    (label) => actCodes.has(textAt(label, 'system')) && holds.has(textAt(label, 'code')?.toUpperCase() ?? ''),
  )
}

/**
 * Whether parts of it are labelled. We do not apply labels to parts, and who does not has to withhold the whole.
 * HL7 FHIR DS4P §inline security labels
 */
export function hasLabelledParts(resource: JsonObject): boolean {
  if (hasCoding(labelsOf(resource), processInline)) return true
  let found = false
  visit(resource, (value) => {
    if (isObject(value) && textAt(value, 'url') === inlineLabel) found = true
  })
  return found
}

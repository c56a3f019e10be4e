import type { ChartResource } from './resources'

/** A short narrative written from the resource itself, so that what was never written is not told either. */
export function narrate(resource: ChartResource): string {
  const parts = sentences(resource).filter((part) => part !== undefined && part !== '')
  return `<div xmlns="http://www.w3.org/1999/xhtml">${parts.map((part) => `<p>${escapeXml(part ?? '')}</p>`).join('')}</div>`
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function sentences(resource: ChartResource): (string | undefined)[] {
  switch (resource.resourceType) {
    case 'Observation':
      return [resource.code.text, valueText(resource)]
    case 'DiagnosticReport':
      return [
        resource.code.text,
        resource.conclusion,
        ...(resource.result ?? []).map((one) => one.display).slice(0, 40),
      ]
    case 'Condition':
    case 'AllergyIntolerance':
      return [resource.code?.text]
    case 'MedicationRequest':
      return [
        resource.medicationCodeableConcept?.text ?? resource.medicationReference?.display,
        resource.dosageInstruction?.[0]?.text,
      ]
    case 'Immunization':
      return [resource.vaccineCode.text, resource.occurrenceDateTime]
    case 'Encounter':
      return [resource.type?.[0]?.text, resource.reasonCode?.[0]?.text]
    default:
      return []
  }
}

function valueText(resource: ChartResource): string | undefined {
  if (resource.resourceType !== 'Observation') return undefined
  if (resource.valueQuantity)
    return `${resource.valueQuantity.value ?? ''} ${resource.valueQuantity.unit ?? ''}`
  return resource.valueCodeableConcept?.text ?? resource.valueString
}

import { refuse } from '@/lib/gateway/refusal'

const notAcceptable = {
  status: 406,
  issue: 'not-supported',
  text: 'This server answers in JSON (application/fhir+json).',
  because: 'format',
} as const

/** Whether the app takes JSON. @throws FhirRefusal 406. FHIR R4 http.html §3.1.0.1.11 */
export function checkAccept(accept: string | null): void {
  if (accept === null || accept.trim() === '') return
  const kinds = accept.split(',').map((one) => one.split(';')[0]?.trim().toLowerCase() ?? '')
  const ours = ['*/*', 'application/*', 'application/json', 'application/fhir+json', 'json', 'text/json']
  if (!kinds.some((kind) => ours.includes(kind))) refuse(notAcceptable)
}

/** `_format` of a read or a search: JSON by any of its names. @throws FhirRefusal 406 */
export function checkFormat(value: string): void {
  const kind = value.split(';')[0]?.trim().toLowerCase().replaceAll(' ', '+')
  if (!['json', 'application/json', 'application/fhir+json', 'text/json'].includes(kind ?? ''))
    refuse(notAcceptable)
}

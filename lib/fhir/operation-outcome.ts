/** Issue types we answer with. FHIR R4 value set issue-type. */
export type IssueCode =
  | 'login'
  | 'forbidden'
  | 'not-found'
  | 'not-supported'
  | 'invalid'
  | 'value'
  | 'expired'
  | 'transient'
  | 'exception'
  | 'suppressed'
  | 'throttled'

/** An OperationOutcome of our own: one issue, our own words, nothing of the request or of another server. */
export function operationOutcome(code: IssueCode, text: string): Readonly<Record<string, unknown>> {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, details: { text } }] }
}

import type { IssueCode } from '@/lib/fhir/operation-outcome'

/** A refusal as the app reads it, with a word for the audit. Nothing of the request or of the EHR is in it. */
export type RefusalShape = {
  readonly status: 304 | 400 | 401 | 403 | 404 | 405 | 406 | 410 | 413 | 414 | 415 | 429 | 500 | 502 | 503
  readonly issue: IssueCode
  /** For the app's developer, on the wire. */
  readonly text: string
  /** For the audit. */
  readonly because: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A call that is answered with an OperationOutcome. The one exception of this module, because FHIR defines its wire
 * shape (FHIR R4 http.html §3.1.0.4).
 */
export class FhirRefusal extends Error {
  readonly code = 'fhir-refusal'
  readonly shape: RefusalShape

  constructor(shape: RefusalShape) {
    super(shape.because)
    this.shape = shape
  }
}

/** Refuses. @throws FhirRefusal */
export function refuse(shape: RefusalShape): never {
  throw new FhirRefusal(shape)
}

/** Whether a fault is a refusal. By its code: two module graphs have two classes. */
export function isFhirRefusal(fault: unknown): fault is FhirRefusal {
  return fault instanceof Error && 'code' in fault && fault.code === 'fhir-refusal'
}

/** The same for a resource that is hidden, another patient's, outside the scopes, or was never there. */
export const notFound: RefusalShape = {
  status: 404,
  issue: 'not-found',
  text: 'No such resource.',
  because: 'not-found',
}

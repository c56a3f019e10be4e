/**
 * Says on the process's own output that a call to somebody else failed, so that whoever runs the demo can tell why a
 * page says "not now". Only what was tried and the kind of the fault: its text may name a person or hold a token.
 */
export function sayFault(what: string, fault: unknown): void {
  const cause = fault instanceof Error ? fault.cause : undefined
  const code = [fault, cause].map((one) => (one instanceof Error && 'code' in one ? one.code : undefined))
  const kind =
    code.find((one) => typeof one === 'string') ?? (fault instanceof Error ? fault.name : 'unknown')
  process.stderr.write(`demo EHR: ${what} failed (${kind})\n`)
}

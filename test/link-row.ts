type Linked = {
  readonly accountId: string
  readonly loginId: string
  readonly patientId: string
  readonly ehrId?: string
  readonly relatedPersonId?: string | undefined
}

/** A link as a ceremony by activation code leaves it, for tests whose subject is what follows from one. */
export function linkRow({ accountId, loginId, patientId, ehrId = 'demo', relatedPersonId }: Linked) {
  return {
    accountId,
    loginId,
    ehrId,
    patientId,
    relationship: relatedPersonId ? 'proxy' : 'self',
    relatedPersonId: relatedPersonId ?? null,
    method: 'activation-code',
    level: 'L-code',
    evidence: {},
    candidateVersion: '1',
    demographicsDigest: new Uint8Array(36),
  }
}

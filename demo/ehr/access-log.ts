/** One line of the access log. No clinical value, name, birth date, query or credential. */
export type AccessEntry = {
  readonly time: string
  readonly requestId: string
  /** Who: the subject at the broker and the person at this EHR. */
  readonly sub?: string | undefined
  readonly fhirUser?: string | undefined
  readonly patient?: string | undefined
  /** On whose behalf the gateway called: the app's client id, or the broker's own work. */
  readonly app?: string | undefined
  readonly purpose?: string | undefined
  readonly linkLevel?: string | undefined
  readonly linkMethod?: string | undefined
  readonly door?: string | undefined
  readonly interaction: string
  readonly type?: string | undefined
  readonly status: number
  readonly outcome: string
  /** Resources in the answer, and those a rule of this EHR kept back. */
  readonly rows?: number | undefined
  readonly withheld?: number | undefined
}

const shownEntries = 200

export type AccessLog = {
  record(entry: AccessEntry): void
  /** The latest 200, newest first. */
  latest(): readonly AccessEntry[]
  clear(): void
}

export function makeAccessLog(writeLine: (line: string) => void): AccessLog {
  const entries: AccessEntry[] = []
  return {
    record(entry) {
      entries.unshift(entry)
      if (entries.length > shownEntries) entries.pop()
      writeLine(JSON.stringify({ log: 'ehr-access', ...entry }))
    },
    latest: () => entries,
    clear: () => {
      entries.length = 0
    },
  }
}

/** The caller's request id when it is a plain token, else a new one. */
export function requestIdOf(header: string | null | undefined): string {
  return header && /^[A-Za-z0-9._-]{8,80}$/.test(header) ? header : crypto.randomUUID()
}

/** How it fails: at once, never, or not at all but late. */
export type Failure = '503' | 'timeout' | 'late'

/** Whether the FHIR interface answers. A test may make it fail for a while. */
export type Availability = {
  fail(mode: Failure, seconds: number): void
  restore(): void
  /** A refusal while it fails; with `timeout` only after the time is over or the server stops. `late` answers then. */
  check(): Promise<'available' | 'unavailable'>
}

export function makeAvailability(stopping: AbortSignal): Availability {
  let failing: { readonly mode: Failure; readonly until: number } | undefined
  return {
    fail(mode, seconds) {
      failing = { mode, until: Date.now() + seconds * 1000 }
    },
    restore() {
      failing = undefined
    },
    async check() {
      const now = failing
      if (!now || now.until <= Date.now()) return 'available'
      if (now.mode !== '503') await wait(now.until - Date.now(), stopping)
      return now.mode === 'late' ? 'available' : 'unavailable'
    },
  }
}

function wait(milliseconds: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    stopping.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

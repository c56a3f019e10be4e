/** Whether the FHIR interface answers. A test may make it fail for a while. */
export type Availability = {
  fail(mode: '503' | 'timeout', seconds: number): void
  restore(): void
  /** A refusal while it fails; with `timeout` only after the time is over or the server stops. */
  check(): Promise<'available' | 'unavailable'>
}

export function makeAvailability(stopping: AbortSignal): Availability {
  let failing: { readonly mode: '503' | 'timeout'; readonly until: number } | undefined
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
      if (now.mode === 'timeout') await wait(now.until - Date.now(), stopping)
      return 'unavailable'
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

/** What a number of workers did, each beginning the next act when its last was answered. */
export type Loop = {
  readonly acts: number
  readonly seconds: number
  readonly milliseconds: readonly number[]
}

/** Runs `act` by so many workers at once for so many seconds. An act that fails ends the run. */
export async function closedLoop(
  act: (worker: number) => Promise<void>,
  { workers, seconds }: { readonly workers: number; readonly seconds: number },
): Promise<Loop> {
  const milliseconds: number[] = []
  const begun = performance.now()
  const until = begun + seconds * 1000
  const work = async (worker: number): Promise<void> => {
    for (let at = performance.now(); at < until; ) {
      await act(worker)
      const now = performance.now()
      milliseconds.push(now - at)
      at = now
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
  return { acts: milliseconds.length, seconds: (performance.now() - begun) / 1000, milliseconds }
}

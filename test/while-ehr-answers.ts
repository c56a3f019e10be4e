import { setTimeout as wait } from 'node:timers/promises'

type Controlled = { control(lever: string, body: unknown): Promise<void> }

/**
 * Does something while a request waits for the EHR, which answers late: between what the request has read and what it
 * will write. Should the machine be so slow that the request reads afterwards, it finds what was done.
 */
export async function whileEhrAnswers<T>(
  world: Controlled,
  request: () => Promise<T>,
  something: () => Promise<unknown>,
): Promise<T> {
  await world.control('unavailable', { mode: 'late', seconds: 2 })
  const [answer] = await Promise.all([request(), wait(500).then(something)])
  await world.control('unavailable', { mode: '503', seconds: 0 })
  return answer
}

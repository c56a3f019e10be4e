import { randomUUID } from 'node:crypto'
import { isDatabaseUnavailable } from '@/lib/db/availability'
import { db } from '@/lib/db/database'
import { log, logFault } from '@/lib/log/log'
import { addSeconds, now } from '@/lib/time/clock'

/** Background work that one replica does at a time. `run` must be safe to repeat. */
export type Job = { readonly name: string; readonly everySeconds: number; readonly run: () => Promise<void> }

const holder = randomUUID()

/** Starts the jobs of this process. @returns a function that stops them and waits for the one running */
export function startJobs(jobs: readonly Job[]): () => Promise<void> {
  const running = new Set<Promise<void>>()
  const timers = jobs.map((job) => {
    const tick = (): void => {
      const work = runIfDue(job).finally(() => running.delete(work))
      running.add(work)
    }
    const first = setTimeout(tick, 500).unref()
    const every = setInterval(tick, Math.min(job.everySeconds, 60) * 1000).unref()
    return { first, every }
  })
  return async () => {
    for (const { first, every } of timers) {
      clearTimeout(first)
      clearInterval(every)
    }
    await Promise.all(running)
  }
}

/** Runs a job if it is due and nobody else holds its lease: one conditional statement decides. */
export async function runIfDue(job: Job): Promise<void> {
  try {
    const at = now()
    const [lease] = await db().$queryRaw<{ name: string }[]>`
      INSERT INTO "job_lease" ("name", "holder", "leased_till") VALUES (${job.name}, ${holder}, ${addSeconds(at, 300)})
      ON CONFLICT ("name") DO UPDATE SET "holder" = ${holder}, "leased_till" = ${addSeconds(at, 300)}
      WHERE ("job_lease"."leased_till" IS NULL OR "job_lease"."leased_till" < ${at})
        AND ("job_lease"."last_run_at" IS NULL OR "job_lease"."last_run_at" <= ${addSeconds(at, -job.everySeconds)})
      RETURNING "name"`
    if (!lease) return
    await job.run()
    await db().jobLease.updateMany({
      where: { name: job.name, holder },
      data: { leasedTill: null, lastRunAt: now() },
    })
  } catch (fault) {
    if (isDatabaseUnavailable(fault)) return log.warn('job.database-unavailable', { job: job.name })
    logFault('job.failed', fault, { job: job.name })
  }
}

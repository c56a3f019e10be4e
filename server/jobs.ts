import { sweepRegistrations } from '@/lib/apps/registrations'
import { sweepSecrets } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { sweepIdentity } from '@/lib/identity/sweep'
import type { Job } from '@/lib/jobs/run'
import { tellLockedRecordsJob } from '@/lib/journeys/tell-locked-records'
import { tellReplaysJob } from '@/lib/journeys/tell-replays'
import { tendKeysJob } from '@/lib/keys/rotate'
import { sweepStepUpCodes } from '@/lib/linking/step-up-codes'
import { sendNoticesJob } from '@/lib/notifications/send-notices'
import { sweepHits } from '@/lib/rate-limit/rate-limit'
import { tellLogoutsJob } from '@/lib/smart/logout-notices'
import { sweepSmartJob } from '@/lib/smart/sweep'
import { now } from '@/lib/time/clock'

/** The jobs, one line each. Any number of replicas may run them: a lease in the database decides whose turn it is. */
export function listJobs(): readonly Job[] {
  return [
    { name: 'sweep-rate-limits', everySeconds: 600, run: () => sweepHits(db(), now()) },
    { name: 'sweep-registrations', everySeconds: 3600, run: () => sweepRegistrations(db(), now()) },
    { name: 'sweep-client-secrets', everySeconds: 3600, run: () => sweepSecrets(db(), now()) },
    { name: 'sweep-identity', everySeconds: 3600, run: () => sweepIdentity(db(), now()) },
    { name: 'sweep-step-up-codes', everySeconds: 3600, run: () => sweepStepUpCodes(now()) },
    tendKeysJob,
    sendNoticesJob,
    tellLockedRecordsJob,
    sweepSmartJob,
    tellLogoutsJob,
    tellReplaysJob,
  ]
}

import { pool } from '@/lib/db/database'
import { once } from '@/lib/process/once'

const unavailable = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
  '08003',
  '08001',
])
const phrases =
  /connection terminated|timeout exceeded when trying to connect|server has closed the connection|can't reach database|not queryable/i

/** Whether a fault means "the database cannot be reached now": answered 503, and over by itself when it is back. */
export function isDatabaseUnavailable(fault: unknown): boolean {
  for (let error = fault, depth = 0; error && depth < 5; depth++) {
    const { code, message, cause, meta } = error as {
      code?: unknown
      message?: unknown
      cause?: unknown
      meta?: { driverAdapterError?: unknown }
    }
    if (typeof code === 'string' && unavailable.has(code)) return true
    if (typeof message === 'string' && phrases.test(message)) return true
    error = cause ?? meta?.driverAdapterError
  }
  return false
}

/** Whether the database answers, looked at most once a second: for health checks and the web plane's 503. */
export async function isDatabaseUp(): Promise<boolean> {
  const seen = once('database-health', () => ({ at: 0, answer: Promise.resolve(true) }))
  if (Date.now() - seen.at < 1_000) return seen.answer
  seen.at = Date.now()
  const late = new Promise<false>((resolve) => setTimeout(resolve, 2_500, false).unref())
  seen.answer = Promise.race([
    pool()
      .query('SELECT 1')
      .then(
        () => true,
        () => false,
      ),
    late,
  ])
  return seen.answer
}

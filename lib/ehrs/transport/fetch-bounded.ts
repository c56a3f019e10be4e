import { Agent, request } from 'undici'
import { parseJsonExactly } from '@/lib/fhir/json-value'
import { readBounded } from '@/lib/http/read-bounded'
import { once } from '@/lib/process/once'

/** Why an EHR gave nothing that can be used. `upstream-5xx` includes 429: come back later. */
export type Unreachable = {
  readonly outcome: 'unreachable'
  readonly why: 'network' | 'timeout' | 'too-large' | 'not-json' | 'upstream-5xx'
}

/** An answer in JSON, whatever its status below 500. */
export type Answered = { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }

/** How long an EHR may take in all, in milliseconds, and how much it may send, in bytes. */
export const deadlineMilliseconds = 5_000
export const maxAnswerBytes = 8 * 1024 * 1024

/**
 * One bounded request to an EHR: JSON only, no redirects, a deadline and a size. Faults of the network are an outcome,
 * for an EHR out of reach is a thing that happens, not a bug.
 */
export async function fetchBounded(
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>
    readonly form?: URLSearchParams
    /** Numbers as they were written, for bodies that are passed on. */
    readonly exactNumbers?: boolean
  },
): Promise<Answered | Unreachable> {
  try {
    const answer = await request(url, {
      dispatcher: agent(),
      signal: AbortSignal.timeout(deadlineMilliseconds),
      ...(options.form
        ? {
            method: 'POST',
            body: options.form.toString(),
            headers: { ...options.headers, 'content-type': 'application/x-www-form-urlencoded' },
          }
        : { method: 'GET', headers: options.headers }),
    })
    if (answer.statusCode >= 500 || answer.statusCode === 429) {
      await answer.body.dump()
      return { outcome: 'unreachable', why: 'upstream-5xx' }
    }
    return await readJson(answer, options.exactNumbers ? parseJsonExactly : JSON.parse)
  } catch (fault) {
    return { outcome: 'unreachable', why: isTimeout(fault) ? 'timeout' : 'network' }
  }
}

async function readJson(
  answer: Awaited<ReturnType<typeof request>>,
  parse: (text: string) => unknown,
): Promise<Answered | Unreachable> {
  const type = String(answer.headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase()
  if (type !== 'application/fhir+json' && type !== 'application/json') {
    await answer.body.dump()
    return { outcome: 'unreachable', why: 'not-json' }
  }
  const text = await readBounded(answer.body, maxAnswerBytes)
  if (text === undefined) return { outcome: 'unreachable', why: 'too-large' }
  try {
    return { outcome: 'answered', status: answer.statusCode, body: parse(text) }
  } catch {
    return { outcome: 'unreachable', why: 'not-json' }
  }
}

function agent(): Agent {
  return once(
    'ehr-agent',
    () => new Agent({ connections: 64, keepAliveTimeout: 10_000, connect: { timeout: 3_000 } }),
  )
}

function isTimeout(fault: unknown): boolean {
  const { name, code } = fault as { name?: unknown; code?: unknown }
  return name === 'TimeoutError' || (typeof code === 'string' && /TIMEOUT/.test(code))
}

import pino, { type Logger } from 'pino'
import { config } from '@/lib/config/config'
import { requestContext } from '@/lib/http/request-context'
import { once } from '@/lib/process/once'

/** What may stand in a log line besides its name: ids of ours, counts, codes. Never a person, token or clinical value. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Structured log. Every line carries the id of the request that caused it. */
export const log = {
  debug: (event: string, fields?: LogFields): void => write('debug', event, fields),
  info: (event: string, fields?: LogFields): void => write('info', event, fields),
  warn: (event: string, fields?: LogFields): void => write('warn', event, fields),
  error: (event: string, fields?: LogFields): void => write('error', event, fields),
}

/**
 * Logs a fault by its name, code and place in the code. The message is left out: drivers and parsers quote their
 * input in it.
 */
export function logFault(event: string, fault: unknown, fields?: LogFields): void {
  const error = fault instanceof Error ? fault : undefined
  const code = (fault as { code?: unknown } | undefined)?.code
  write('error', event, {
    ...fields,
    fault: error?.name ?? typeof fault,
    code: typeof code === 'string' ? code : undefined,
    at: error?.stack
      ?.split('\n')
      .find((line) => line.trimStart().startsWith('at '))
      ?.trim(),
  })
}

function write(level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: LogFields): void {
  logger()[level]({ requestId: requestContext().requestId, ...fields }, event)
}

function logger(): Logger {
  return once('logger', () =>
    pino({
      level: config().environment.LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'event',
    }),
  )
}

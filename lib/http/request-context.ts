import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from '@/lib/process/once'

/** What is known of the request being served. Set by the front door, for logs, limits and audit. */
export type RequestContext = {
  readonly requestId: string
  /** Address of the client, from the right-most untrusted hop. */
  readonly clientAddress: string
}

const storage = (): AsyncLocalStorage<RequestContext> =>
  once('request-context', () => new AsyncLocalStorage())

/** Runs `work` with its request known to everything it calls. */
export function withRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage().run(context, work)
}

/** The request being served, or a neutral one outside any request (jobs, commands). */
export function requestContext(): RequestContext {
  return storage().getStore() ?? { requestId: 'none', clientAddress: '' }
}

import { AsyncResource } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { sendResponse } from '@/server/send-response'

/**
 * When Next cannot render a page it answers 500 with an empty document that only fills itself in by script. A person
 * without scripts would see nothing: that document is replaced by a page of ours. Everything else passes untouched.
 */
export function replaceBrokenPage(response: ServerResponse, makePage: () => Response): void {
  const { write, end, flushHeaders } = response
  const page = AsyncResource.bind(makePage)
  const isBroken = (): boolean =>
    !response.headersSent &&
    response.statusCode === 500 &&
    String(response.getHeader('content-type')).startsWith('text/html')
  Object.assign(response, {
    flushHeaders: () => (isBroken() ? undefined : flushHeaders.call(response)),
    write: (...chunk: Parameters<typeof write>) => (isBroken() ? true : write.apply(response, chunk)),
    end: (...chunk: Parameters<typeof end>) => {
      if (!isBroken()) return end.apply(response, chunk)
      Object.assign(response, { write, end, flushHeaders })
      response.removeHeader('link')
      void sendResponse(response, page())
      return response
    },
  })
}

import type { ServerResponse } from 'node:http'

/** Sends a fetch-style Response through node:http. Headers set before stay unless the Response names them. */
export async function sendResponse(target: ServerResponse, response: Response): Promise<void> {
  target.statusCode = response.status
  response.headers.forEach((value, name) => {
    target.setHeader(name, value)
  })
  target.end(Buffer.from(await response.arrayBuffer()))
}

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compressPage } from '@/server/compressed-page'

const words = 'Open your chart. '.repeat(400)
const types: Readonly<Record<string, string>> = { '/page': 'text/html; charset=utf-8', '/icon': 'image/png' }
let server: http.Server
let base = ''
beforeAll(async () => {
  server = http.createServer((request, response) => {
    compressPage(request, response)
    response.setHeader('content-type', types[request.url ?? ''] ?? 'text/html')
    if (request.url === '/moved') return void response.writeHead(303, { location: '/page' }).end()
    response.flushHeaders()
    response.write(words.slice(0, 1000))
    response.end(Buffer.from(words.slice(1000)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

type Answer = { readonly headers: http.IncomingHttpHeaders; readonly body: Buffer }

/** Unlike fetch, leaves the body as it came. */
async function get(path: string, headers: http.OutgoingHttpHeaders): Promise<Answer> {
  const [answer] = (await once(http.get(`${base}${path}`, { headers }), 'response')) as [http.IncomingMessage]
  return { headers: answer.headers, body: Buffer.concat(await answer.toArray()) }
}

test('the first page of a browser without a cookie arrives small and whole', async () => {
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync }
  for (const encoding of ['br', 'gzip'] as const) {
    const { headers, body } = await get('/page', { 'accept-encoding': encoding })
    expect(headers['content-encoding']).toBe(encoding)
    expect(headers.vary).toContain('accept-encoding')
    expect(body.length).toBe(Number(headers['content-length']))
    expect(body.length).toBeLessThan(words.length / 10)
    expect(unpack[encoding](body).toString()).toBe(words)
  }
})

test('a page of a visit is never compressed: its length would tell what is in it', async () => {
  for (const cookie of ['__Host-patient=x', 'language=es', '']) {
    const { headers, body } = await get('/page', { 'accept-encoding': 'br, gzip', cookie })
    expect([headers['content-encoding'], body.toString()]).toEqual([undefined, words])
  }
})

test('what is no text, has no body, or is for a client that unpacks nothing goes out as it is', async () => {
  expect((await get('/icon', { 'accept-encoding': 'br' })).headers['content-encoding']).toBeUndefined()
  expect((await get('/page', {})).headers['content-encoding']).toBeUndefined()
  const moved = await get('/moved', { 'accept-encoding': 'br' })
  expect([moved.headers['content-encoding'], moved.body.length]).toEqual([undefined, 0])
})

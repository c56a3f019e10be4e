import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStaticFiles } from '@/server/static-files'

const folder = mkdtempSync(path.join(tmpdir(), 'static-files-'))
const script = 'console.log("hello")\n'.repeat(500)
const madeAhead = 'console.log("as the build compressed it")'
let server: http.Server
let base = ''
beforeAll(async () => {
  mkdirSync(path.join(folder, 'static/chunks'), { recursive: true })
  writeFileSync(path.join(folder, 'static/chunks/a.js'), script)
  writeFileSync(path.join(folder, 'static/chunks/b.js'), script)
  writeFileSync(path.join(folder, 'static/chunks/b.js.br'), brotliCompressSync(madeAhead))
  writeFileSync(path.join(folder, 'secret.js'), 'secret')
  const send = createStaticFiles(folder)
  server = http.createServer(async (request, response) => {
    if (!(await send(request, response))) response.writeHead(204, { 'x-answered-by': 'next' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

test('a script of the build arrives compressed, whole and to be kept for ever', async () => {
  for (const encoding of ['br', 'gzip']) {
    const answer = await fetch(`${base}/_next/static/chunks/a.js`, {
      headers: { 'accept-encoding': encoding },
    })
    expect(answer.headers.get('content-encoding')).toBe(encoding)
    expect(answer.headers.get('cache-control')).toContain('immutable')
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(script.length / 10)
    expect(await answer.text()).toBe(script)
  }
})

test('what the build compressed is sent to whoever takes brotli, and to nobody else', async () => {
  const bodies = []
  for (const encoding of ['br', 'gzip', 'identity']) {
    const answer = await fetch(`${base}/_next/static/chunks/b.js`, {
      headers: { 'accept-encoding': encoding },
    })
    bodies.push(await answer.text())
  }
  expect(bodies).toEqual([madeAhead, script, ''])
  expect((await ask('/_next/static/chunks/b.js.br')).headers['x-answered-by']).toBe('next')
})

test('anything but a file of the build is left to Next, whatever way the path is written', async () => {
  for (const address of ['/_next/static/../secret.js', '/_next/static/%2e%2e/secret.js', '/secret.js', '/'])
    expect((await ask(address)).headers['x-answered-by']).toBe('next')
})

/** Unlike fetch, sends the path as it is written. */
function ask(address: string): Promise<http.IncomingMessage> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    http
      .get({ hostname, port, path: address, headers: { 'accept-encoding': 'br' } }, (answer) => {
        answer.resume()
        resolve(answer)
      })
      .on('error', reject)
  })
}

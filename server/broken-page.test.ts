import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { replaceBrokenPage } from '@/server/broken-page'

let base = ''
const server = http.createServer((request, response) => {
  replaceBrokenPage(response, () => new Response('<p>words</p>', { status: 500, headers: html }))
  response.statusCode = request.url === '/broken' || request.url === '/broken-data' ? 500 : 200
  response.setHeader(
    'content-type',
    request.url === '/broken-data' ? 'text/x-component' : html['content-type'],
  )
  response.setHeader('link', '</script.js>; rel=preload')
  response.write('<html id="__next_error__">')
  response.flushHeaders()
  response.end('</html>')
})
const html = { 'content-type': 'text/html; charset=utf-8' }
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

test('a document that broke is replaced whole by words, so that nobody sees a blank page', async () => {
  const answer = await fetch(`${base}/broken`)
  expect([answer.status, await answer.text(), answer.headers.get('link')]).toEqual([
    500,
    '<p>words</p>',
    null,
  ])
})

test('a page that works, and what scripts fetch, pass untouched', async () => {
  const whole = '<html id="__next_error__"></html>'
  expect(await (await fetch(`${base}/fine`)).text()).toBe(whole)
  expect(await (await fetch(`${base}/broken-data`)).text()).toBe(whole)
})

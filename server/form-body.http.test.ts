import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isReadableForm } from '@/server/form-body'

let base = ''
const server = http.createServer(async (request, response) => {
  const isForm = await isReadableForm(request)
  // whoever reads afterwards reads everything
  const body = await buffer(request)
  response.end(JSON.stringify({ isForm, body: body.toString('base64') }))
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
): Promise<{ isForm: boolean; body: string }> {
  const answer = await fetch(base, { method: 'POST', headers: { 'content-type': type }, body })
  return answer.json()
}

test.each([10, 60_000])(
  'a form with a field of %i letters is one, and every byte of it is still there',
  async (length) => {
    const form = new FormData()
    form.set('code', 'ä'.repeat(length / 2))
    const whole = new Response(form)
    const type = whole.headers.get('content-type') ?? ''
    const bytes = await whole.bytes()
    const answer = await post(bytes, type)
    expect(answer.isForm).toBe(true)
    expect(Buffer.from(answer.body, 'base64').equals(bytes)).toBe(true)
  },
)

test.each([
  ['no boundary', 'multipart/form-data', 'x'],
  ['another boundary', 'multipart/form-data; boundary=a', '--b\r\n'],
  [
    'a part that is cut off',
    'multipart/form-data; boundary=a',
    '--a\r\ncontent-disposition: form-data; name="x"\r\n\r\ny',
  ],
  ['nothing in it', 'multipart/form-data; boundary=a', ''],
])('a body with %s is no form, so that no page faults over it', async (_, type, body) => {
  expect((await post(body, type)).isForm).toBe(false)
})

test('bodies of other types are not looked at', async () => {
  expect(await post('a=1', 'application/x-www-form-urlencoded')).toEqual({ isForm: true, body: 'YT0x' })
})

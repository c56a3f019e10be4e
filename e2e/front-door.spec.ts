import { connect } from 'node:net'
import { expect, test } from './house'

/** Sends bytes as they are. @returns the status line and headers */
function raw(url: string, lines: readonly string[]): Promise<string> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), 'localhost', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

test('[9700-4.2] every page runs only what carries its own nonce, and no two answers share one', async ({
  house,
}) => {
  const nonces = new Set<string>()
  for (const path of ['/', '/sign-in', '/staff/sign-in']) {
    const answer = await fetch(`${house.urls.broker}${path}`)
    const policy = answer.headers.get('content-security-policy') ?? ''
    const nonce = /script-src 'nonce-([^']+)' 'strict-dynamic'/.exec(policy)?.[1] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("form-action 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    const html = await answer.text()
    const scripts = [...html.matchAll(/<script\b([^>]*)>/g)].map((match) => match[1] ?? '')
    expect(scripts.length).toBeGreaterThan(0)
    for (const attributes of scripts) expect(attributes).toContain(`nonce="${nonce}"`)
    expect(html).not.toMatch(/<[^>]+\sstyle="/)
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(3)
})

test('the web plane too turns away foreign hosts, oversize and unmeasured bodies', async ({ house }) => {
  const { host } = new URL(house.urls.broker)
  expect(await raw(house.urls.broker, ['GET / HTTP/1.1', 'Host: evil.example', 'Connection: close'])).toMatch(
    /^HTTP\/1.1 421/,
  )
  expect(
    await raw(house.urls.broker, [
      'GET / HTTP/1.1',
      `Host: ${host}`,
      'Origin: null null',
      'Connection: close',
    ]),
  ).toMatch(/^HTTP\/1.1 400/)
  const oversize = await fetch(`${house.urls.broker}/link`, { method: 'POST', body: 'x'.repeat(70_000) })
  expect(oversize.status).toBe(413)
  const unmeasured = [
    'POST /link HTTP/1.1',
    `Host: ${host}`,
    'Transfer-Encoding: chunked',
    'Connection: close',
  ]
  expect(await raw(house.urls.broker, [...unmeasured, '', '3', 'a=1', '0', ''])).toMatch(/^HTTP\/1.1 411/)
})

test('a form that is none is turned away by name, and never ends in a fault', async ({ house }) => {
  for (const [type, body] of [
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=a', '--b\r\n'],
    ['multipart/form-data; boundary=a', '--a\r\ncontent-disposition: form-data; name="x"\r\n\r\ny'],
  ] as const) {
    const headers = { 'content-type': type }
    const answer = await fetch(`${house.urls.broker}/link`, { method: 'POST', headers, body })
    expect([answer.status, await answer.text()]).toEqual([400, 'The form is malformed.'])
  }
})

test('a request to upgrade is hung up on: left open it would outlive every timeout and hold up the stop', async ({
  house,
}) => {
  const { host } = new URL(house.urls.broker)
  const upgrade = ['GET /_next/x HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket']
  expect(await raw(house.urls.broker, upgrade)).toBe('')
})

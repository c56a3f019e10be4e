import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { rotateKeys } from '@/lib/keys/keys'
import { now } from '@/lib/time/clock'
import { startBroker, type TestBroker } from '@/test/broker'

let broker: TestBroker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.stop())

const documents = [
  '/.well-known/jwks.json',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/fhir/demo/.well-known/smart-configuration',
]
const headersOf = (answer: Response): object =>
  Object.fromEntries(
    [...answer.headers].filter(
      ([name]) => !['x-request-id', 'date', 'connection', 'keep-alive'].includes(name),
    ),
  )

test.each(documents)('%s made before says what the usual way says, headers and all', async (path) => {
  const url = `${broker.url}${path}`
  // a request with a body of no length, or with an Origin, always goes the usual way
  const usual = await fetch(url, { headers: { origin: 'https://any.example' } })
  const text = await usual.text()
  const ids = new Set<string>()
  for (let count = 0; count < 4; count += 1) {
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(text)
    const {
      'transfer-encoding': _,
      'content-length': __,
      ...headers
    } = headersOf(answer) as Record<string, string>
    const {
      'transfer-encoding': ___,
      'content-length': ____,
      ...expected
    } = headersOf(usual) as Record<string, string>
    expect(headers).toEqual(expected)
    ids.add(answer.headers.get('x-request-id') ?? '')
  }
  expect(ids.size).toBe(4)
  expect(ids.has('')).toBe(false)
})

test('a key that was rotated is published at once, and a changed configuration is told at once', async () => {
  const kids = async () => {
    const { keys } = (await (await fetch(`${broker.url}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[]
    }
    return keys.map((key) => key.kid).sort()
  }
  const before = await kids()
  expect(await kids()).toEqual(before)
  await rotateKeys('ES256', { now: now(), force: true })
  expect(await kids()).not.toEqual(before)
  const languages = async () => {
    const found = await fetch(`${broker.url}/.well-known/openid-configuration`)
    return ((await found.json()) as { ui_locales_supported: string[] }).ui_locales_supported
  }
  await languages()
  const usual = config()
  setConfig({ ...usual, languages: ['es'] })
  expect(await languages()).toEqual(['es'])
  setConfig(usual)
  expect(await languages()).toEqual(usual.languages)
})

test('a foreign Host, another method, a query or an unknown EHR gets nothing made before', async () => {
  for (const path of documents)
    await Promise.all([fetch(`${broker.url}${path}`), fetch(`${broker.url}${path}`)])
  const foreign = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(broker.url).port), 'localhost', () =>
      socket.write(
        'GET /.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      ),
    )
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
  expect(foreign).toMatch(/^HTTP\/1.1 421/)
  const jwks = `${broker.url}/.well-known/jwks.json`
  expect((await fetch(jwks, { method: 'POST' })).status).toBe(404)
  expect((await fetch(jwks, { method: 'HEAD' })).status).toBe(200)
  expect((await fetch(`${jwks}?x=1`)).status).toBe(200)
  expect((await fetch(`${broker.url}/fhir/nowhere/.well-known/smart-configuration`)).status).toBe(404)
})

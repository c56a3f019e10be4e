import type { IncomingMessage } from 'node:http'
import { beforeAll, expect, test } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { findPageRefusal } from '@/server/page-request'
import { testConfig } from '@/test/test-config'

beforeAll(() => setConfig(testConfig()))

const statusOf = (method: string, url: string, headers: Record<string, string> = {}) =>
  findPageRefusal({ method, url, headers } as unknown as IncomingMessage)?.status

test('what a page never asks for is refused, not a fault in the log: methods, addresses, bodies without length', () => {
  for (const method of ['TRACE', 'OPTIONS', 'PUT', 'PROPFIND']) expect(statusOf(method, '/link')).toBe(405)
  for (const url of ['/account/apps/%ff', '/authorize/%ED%A0%80', '/%zz'])
    expect(statusOf('GET', url)).toBe(400)
  expect(statusOf('POST', '/_next/x', { 'transfer-encoding': 'chunked' })).toBe(411)
  for (const method of ['GET', 'HEAD', 'POST']) expect(statusOf(method, '/link?to=%ff')).toBeUndefined()
})

test('a form posted from another origin, or from nowhere, is refused; an old browser that names none is not', () => {
  expect(statusOf('POST', '/link', { origin: 'http://evil.example' })).toBe(403)
  expect(statusOf('POST', '/link', { origin: 'null' })).toBe(403)
  expect(statusOf('POST', '/link', { origin: config().issuer })).toBeUndefined()
  expect(statusOf('POST', '/link')).toBeUndefined()
  expect(statusOf('GET', '/', { origin: 'http://evil.example' })).toBeUndefined()
})

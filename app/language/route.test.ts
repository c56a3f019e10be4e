import { beforeAll, expect, test } from 'vitest'
import { POST } from '@/app/language/route'
import { setConfig } from '@/lib/config/config'
import { testConfig } from '@/test/test-config'

beforeAll(() => setConfig(testConfig({ VESTIBULE_PUBLIC_URL: 'http://localhost:3000' })))

function choose(language: string, referer?: string): Promise<Response> {
  return POST(
    new Request('http://localhost:3000/language', {
      method: 'POST',
      headers: referer ? { referer } : {},
      body: new URLSearchParams({ language }),
    }),
  )
}

test('choosing a language is kept in a cookie and goes back to the page it was chosen on', async () => {
  const answer = await choose('es', 'http://localhost:3000/link?to=%2Faccount')
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/link?to=%2Faccount'])
  expect(answer.headers.get('set-cookie')).toMatch(/^vestibule\.language=es; Path=\/; HttpOnly; SameSite=Lax/)
})

test('a page of another origin is never gone back to, nor an address that would become one', async () => {
  for (const referer of [
    'https://evil.example/x',
    'http://localhost:3000//evil.example/',
    'nonsense',
    undefined,
  ])
    expect((await choose('es', referer)).headers.get('location')).toBe('/')
})

test('a language that is not offered changes nothing', async () => {
  expect((await choose('xx')).headers.get('set-cookie')).toBeNull()
})

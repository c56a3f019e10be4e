import { beforeAll, expect, test } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { findCookie } from '@/lib/http/cookies'
import { readForm, readParameters } from '@/lib/http/form'
import { isFormToken, issueFormToken } from '@/lib/http/form-token'
import { escapeHtml, problemPage } from '@/lib/http/problem-page'
import { addSeconds } from '@/lib/time/clock'
import { testConfig } from '@/test/test-config'

beforeAll(() => setConfig(testConfig()))
const now = new Date('2026-11-23T08:00:00Z')

const post = (body: string, type = 'application/x-www-form-urlencoded'): Request =>
  new Request('http://localhost/', { method: 'POST', body, headers: { 'content-type': type } })

test('[6749-3.1] a repeated parameter is refused, an empty one counts as omitted', async () => {
  expect(await readForm(post('a=1&a=1'))).toMatchObject({ reason: 'repeated-parameter', name: 'a' })
  expect(await readForm(post('a=&b=2'))).toEqual({ outcome: 'read', form: new Map([['b', '2']]) })
  expect(await readForm(post('a=&a=1'))).toMatchObject({ reason: 'repeated-parameter', name: 'a' })
})

test('[6749-3.2] only a form is a form', async () => {
  expect(await readForm(post('{}', 'application/json'))).toMatchObject({ reason: 'wrong-content-type' })
  expect(await readForm(post('a=1', 'application/x-www-form-urlencoded; charset=utf-8'))).toMatchObject({
    outcome: 'read',
  })
})

test.each(['a=%', 'a=%zz', 'a=%00', 'a=%ff'])(
  'a malformed encoding is refused, not guessed: %s',
  (encoded) => {
    expect(readParameters(encoded)).toEqual({ outcome: 'refused', reason: 'malformed' })
  },
)

test('a form token is good for its purpose, its holder and two hours', () => {
  const token = issueFormToken('consent', 'session-1', now)
  expect(isFormToken(token, 'consent', 'session-1', now)).toBe(true)
  expect(isFormToken(token, 'end-link', 'session-1', now)).toBe(false)
  expect(isFormToken(token, 'consent', 'session-2', now)).toBe(false)
  expect(isFormToken(token, 'consent', 'session-1', addSeconds(now, 7201))).toBe(false)
  expect(isFormToken(`9999999999.${token.split('.')[1]}`, 'consent', 'session-1', now)).toBe(false)
  for (const junk of [undefined, '', '.', 'x.y', 7])
    expect(isFormToken(junk, 'consent', 'session-1', now)).toBe(false)
})

test('two cookies of one name count as none, for one of them was planted', () => {
  expect(findCookie('other=1; vestibule.s=abc', 's')).toBe('abc')
  expect(findCookie('vestibule.s=abc; vestibule.s=def', 's')).toBeUndefined()
  expect(findCookie(undefined, 's')).toBeUndefined()
})

test('a problem page shows text as text and runs nothing', async () => {
  const page = problemPage('en', 400, { title: '<script>x</script>', text: '"&' })
  expect(await page.text()).toContain('&lt;script&gt;')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;')
})

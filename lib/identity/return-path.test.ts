import { describe, expect, it } from 'vitest'
import { safeReturnPath } from '@/lib/identity/return-path'

describe('where a sign-in returns to', () => {
  it.each(['/account', '/authorize/0199-abc', '/link?to=%2Fauthorize%2Fx', '/', '/a/b?x=1&y=%20'])(
    '%s is ours',
    (path) => {
      expect(safeReturnPath(path, '/otherwise')).toBe(path)
    },
  )

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/a\nb',
    '/a\tb',
    '/%0d%0aSet-Cookie:x'.replace('%0d%0a', '\r\n'),
    '/x/..//evil.example',
    '/.//evil.example',
    'account',
    '',
    `/${'a'.repeat(600)}`,
    '/api/auth/callback/x',
    '/sign-out',
    undefined,
    7,
    ['/account'],
  ])('%j is not, and the person goes home instead (no open redirector)', (given) => {
    expect(safeReturnPath(given, '/otherwise')).toBe('/otherwise')
  })

  it('a fragment is left out', () => {
    expect(safeReturnPath('/account#x', '/otherwise')).toBe('/account')
  })
})

import { afterEach, beforeEach, expect, vi } from 'vitest'

// An unexpected console.error is a fault nobody looked at: it fails the test that caused it.
beforeEach(() => {
  vi.spyOn(console, 'error')
})
afterEach(() => {
  const spy = vi.mocked(console.error)
  const calls = spy.mock.calls.map((call) => String(call[0]))
  spy.mockRestore()
  expect(calls).toEqual([])
})

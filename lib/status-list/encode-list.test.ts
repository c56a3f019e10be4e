import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeList, type StatusEntry } from '@/lib/status-list/encode-list'

test('[TSL-list] the vector of the specification comes out byte for byte', () => {
  const values = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
  // 3 is for applications to define: here it only shows that bits do not run together
  const entries = values.map((status, index) => ({ index, status })) as StatusEntry[]
  expect(encodeList(entries, 12)).toEqual({ bits: 2, lst: 'eNo76fITAAPfAgc' })
})

test('[TSL-list] what is named has its status, all else is valid, whatever the order', () => {
  const entry = fc.record({ index: fc.nat(65_535), status: fc.constantFrom<1 | 2>(1, 2) })
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: (one) => one.index, maxLength: 50 }), (entries) => {
      const bytes = inflateSync(Buffer.from(encodeList(entries, 65_536).lst, 'base64url'))
      expect(bytes).toHaveLength(16_384)
      const read = (index: number): number => ((bytes[index >> 2] ?? 0) >> ((index & 3) * 2)) & 3
      for (const { index, status } of entries) expect(read(index)).toBe(status)
      const others = bytes.reduce(
        (sum, byte) => sum + [0, 2, 4, 6].filter((at) => (byte >> at) & 3).length,
        0,
      )
      expect(others).toBe(entries.length)
    }),
    { numRuns: 30 },
  )
})

import { expect, it } from 'vitest'
import { formatDate } from '@/app/_dates'

it('a date of a chart is the same day wherever the clinic is, and what is less than a day stays as it came', () => {
  expect(formatDate('1990-06-06', 'en')).toBe('June 6, 1990')
  expect(formatDate('1990-06-06', 'es')).toBe('6 de junio de 1990')
  expect(['1990-06', '1990', ''].map((date) => formatDate(date, 'en'))).toEqual(['1990-06', '1990', ''])
})

import { expect, it } from 'vitest'
import { findLookAlikes } from '@/lib/apps/look-alike'

const known = ['Lab Window', 'Harbor Clinic']

it.each([
  'Lab Window',
  'lab-window',
  'LabWindow!',
  'L4b Window',
  'Láb Wíndow',
  'Lab  Window pro',
  'Lаb Window',
  'Harbor Clinic',
  'Harb0r C1inic',
  'Harbor Clinic Patient Portal',
  'Harbour Clinic',
  'Harbar Clinic',
])('[7591] the name %s is shown to staff as one that resembles another', (name) => {
  expect(findLookAlikes(name, known)).toHaveLength(1)
})

it.each(['Blood Pressure Diary', 'Window', 'Lab', 'Harbor', 'Health', 'A'])(
  'the name %s is its own',
  (name) => {
    expect(findLookAlikes(name, ['Sunrise Notes', 'Clinic'])).toEqual([])
  },
)

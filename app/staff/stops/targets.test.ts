import { expect, test } from 'vitest'
import { parseTarget, targetValue } from '@/app/staff/stops/targets'

test('what a form says can be paused is read back as it was written', () => {
  for (const stop of [
    { target: 'linking', targetId: '' },
    { target: 'token-issue', targetId: '' },
    { target: 'app', targetId: 'lab-window' },
    { target: 'ehr', targetId: 'demo' },
  ] as const)
    expect(parseTarget(targetValue(stop))).toEqual(stop)
})

test('a form value that names nothing pauses nothing', () => {
  for (const value of [null, '', 'app', 'app:', 'everything', 'linking:x', 'user:maya'])
    expect(parseTarget(value)).toBeUndefined()
})

import { printMeasure } from './print'
import { openSeeded, sideOf } from './refresh'
import { alternate } from './rounds'
import { seedVolume } from './seed'

const people = 1_000_000

/** Whether refresh is as fast in full tables as in empty ones. */
export async function measureVolume(postgres: string): Promise<void> {
  const empty = await openSeeded({ postgres, ehr: 'recorded' })
  const full = await openSeeded({ postgres, ehr: 'recorded' }, () => seedVolume(people))
  const sides = [sideOf('empty tables', empty), sideOf(`${people.toLocaleString('en')} grants`, full)]
  const figures = await alternate(sides, { seconds: 4 })
  printMeasure('Refresh in full and in empty tables, recorded EHR', figures, 'empty tables')
  for (const { world } of [empty, full]) await world.close()
}

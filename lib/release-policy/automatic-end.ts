import { once } from '@/lib/process/once'

const dayMilliseconds = 86_400_000

/**
 * The instant so many days after `issued`, at the same time of day on the clinic's clock: a day on which clocks change
 * has 23 or 25 hours, and a time that does not exist that day is taken an hour later.
 */
export function automaticEnd(issued: Date, days: number, timeZone: string): Date {
  const offset = offsetAt(issued, timeZone)
  const wallClock = issued.getTime() + offset + days * dayMilliseconds
  const guess = wallClock - offset
  const settled = wallClock - offsetAt(new Date(guess), timeZone)
  // Right after a change of clocks the first guess may lie on the other side of it.
  return new Date(
    offsetAt(new Date(settled), timeZone) === wallClock - settled ? settled : Math.max(guess, settled),
  )
}

/** How far the zone's clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: Date, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(instant)
  const read = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value)
  const shown = Date.UTC(
    read('year'),
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
    read('second'),
  )
  return shown - Math.floor(instant.getTime() / 1000) * 1000
}

/** Made once per zone: making one takes ten times as long as asking it, and a page asks for every result on it. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  return once(
    `zone-clock.${timeZone}`,
    () =>
      new Intl.DateTimeFormat('en-US', {
        timeZone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      }),
  )
}

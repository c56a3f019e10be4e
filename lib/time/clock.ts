import { once, setOnce } from '@/lib/process/once'

type Clock = () => Date

/** The time. Read at the border of a use case and passed on as a parameter; pure functions never call it. */
export function now(): Date {
  return once<Clock>('clock', () => () => new Date())()
}

/** Puts another clock in place of the system's: tests and the demo's movable clock. */
export function setClock(clock: Clock): void {
  setOnce<Clock>('clock', clock)
}

/** `date` plus so many seconds. */
export function addSeconds(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000)
}

/** Whole seconds since the epoch, rounded down: the unit of JWT NumericDate (RFC 7519 §2). */
export function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

import { cpuSeconds } from './processes'

/** One thing that is measured: how to load it for some seconds, and the processes whose CPU time is counted. */
export type Side = {
  readonly name: string
  load(seconds: number): Promise<Round>
  readonly processes: Readonly<Record<string, number>>
}

/** One round. Latencies in milliseconds. */
export type Round = {
  readonly acts: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
}

/** Medians of the rounds. CPU is milliseconds per act, by process. */
export type Figures = {
  readonly name: string
  readonly rate: number
  /** Acts per second, round by round. */
  readonly rates: readonly number[]
  readonly p50: number
  readonly p99: number
  readonly cpu: Readonly<Record<string, number>>
}

type Counted = Round & { readonly cpu: Readonly<Record<string, number>> }

/**
 * Warms each side up, then loads them in turn, A B A B …, so that whatever else the machine does meets all of them.
 * Medians of the rounds are compared, never single ones.
 */
export async function alternate(
  sides: readonly Side[],
  {
    rounds = 3,
    seconds,
    warmUpSeconds = 2,
  }: { readonly rounds?: number; readonly seconds: number; readonly warmUpSeconds?: number },
): Promise<readonly Figures[]> {
  const done = new Map<string, Counted[]>(sides.map((side) => [side.name, []]))
  for (const side of sides) await side.load(warmUpSeconds)
  for (let round = 0; round < rounds; round += 1)
    for (const side of sides) done.get(side.name)?.push(await count(side, seconds))
  return sides.map((side) => summarise(side, done.get(side.name) ?? []))
}

/** The value at a share of a list, e.g. 0.99. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** A side's rate as a share of a peer's: the median over rounds, each with the round of the peer beside it. */
export function rateShare(side: Figures, peer: Figures): number {
  return percentile(
    side.rates.map((rate, round) => rate / (peer.rates[round] ?? Number.NaN)),
    0.5,
  )
}

async function count(side: Side, seconds: number): Promise<Counted> {
  const before = readCpu(side)
  const round = await side.load(seconds)
  const after = readCpu(side)
  const cpu = Object.keys(side.processes).map((name) => [
    name,
    (((after[name] ?? 0) - (before[name] ?? 0)) * 1000) / round.acts,
  ])
  return { ...round, cpu: Object.fromEntries(cpu) }
}

function readCpu(side: Side): Record<string, number> {
  return Object.fromEntries(Object.entries(side.processes).map(([name, pid]) => [name, cpuSeconds(pid)]))
}

function summarise(side: Side, rounds: readonly Counted[]): Figures {
  const median = (pick: (round: Counted) => number): number => percentile(rounds.map(pick), 0.5)
  const rates = rounds.map((round) => round.acts / round.seconds)
  const cpu = Object.keys(side.processes).map((name) => [name, median((round) => round.cpu[name] ?? 0)])
  return {
    name: side.name,
    rate: percentile(rates, 0.5),
    rates,
    p50: median((round) => round.p50),
    p99: median((round) => round.p99),
    cpu: Object.fromEntries(cpu),
  }
}

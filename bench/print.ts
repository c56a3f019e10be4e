import { type Figures, rateShare } from './rounds'

/** One row per side; its rate and its own CPU time as a share of the named peer's. */
export function printMeasure(title: string, figures: readonly Figures[], peer: string): void {
  console.log(`\n${title}`)
  const against = figures.find(({ name }) => name === peer)
  const rows = figures.map((one) => [
    one.name,
    `${round(one.rate)}/s`,
    `${round(Math.min(...one.rates))}–${round(Math.max(...one.rates))}`,
    milliseconds(one.p50),
    milliseconds(one.p99),
    against ? rateShare(one, against).toFixed(2) : '',
    against ? (ownCpu(one) / ownCpu(against)).toFixed(1) : '',
    Object.entries(one.cpu)
      .map(([name, value]) => `${name} ${value.toFixed(value < 0.1 ? 3 : 2)}`)
      .join(' · '),
  ])
  table([['', 'rate', 'rounds', 'p50 ms', 'p99 ms', 'rate ÷ peer', 'CPU ÷ peer', 'CPU ms each'], ...rows])
}

/** CPU time of the process that is compared. */
function ownCpu(figures: Figures): number {
  return figures.cpu['server'] ?? Number.NaN
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    console.log(
      `  ${row
        .map((cell, column) =>
          column === 0 || column === 5
            ? cell.padEnd(widths[column] ?? 0)
            : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd()}`,
    )
}

function round(value: number): string {
  return String(value < 100 ? Number(value.toFixed(1)) : Math.round(value))
}

function milliseconds(value: number): string {
  return value < 0.5 ? '<0.5' : value.toFixed(1)
}

import type { Figures } from './rounds'

/** One row per side; then each side as a share of the named peer. */
export function printMeasure(title: string, figures: readonly Figures[], peer: string): void {
  console.log(`\n${title}`)
  const rows = figures.map((one) => [
    one.name,
    `${round(one.rate)}/s`,
    `${round(one.slowest)}–${round(one.fastest)}`,
    milliseconds(one.p50),
    milliseconds(one.p99),
    Object.entries(one.cpu)
      .map(([name, value]) => `${name} ${value.toFixed(value < 0.1 ? 3 : 2)}`)
      .join(' · '),
    share(one, figures, peer),
  ])
  table([['', 'rate', 'rounds', 'p50 ms', 'p99 ms', 'CPU ms each', `to ${peer}`], ...rows])
}

function share(one: Figures, figures: readonly Figures[], peer: string): string {
  const against = figures.find(({ name }) => name === peer)
  if (!against || one === against) return '1'
  return (one.rate / against.rate).toFixed(2)
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

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** A process this run started. */
export type Running = {
  readonly url: string
  readonly pid: number
  tell(message: object): void
  onMessage(listen: (message: unknown) => void): void
  stop(): Promise<void>
}

type Start = {
  readonly port: number
  readonly environment: Readonly<Record<string, string>>
  /** Runs on core 0, apart from the generator. */
  readonly isMeasured?: boolean
  /** Where its CPU profile goes. */
  readonly profile?: string | undefined
}

const started: ChildProcess[] = []
let isEnding = false
const isPinned = process.env['BENCH_PINNED'] === '1'
const bundles = path.resolve(import.meta.dirname, '..')

/** Starts a bundle on a loopback port and waits until it says that it is ready: an IPC message, or a line of text. */
export async function start(name: string, options: Start): Promise<Running> {
  if (isEnding) throw new Error('the run is ending')
  const { port, environment, isMeasured = false, profile } = options
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, '--cpu-prof-interval=500'] : []
  const node = [process.execPath, ...profiling, path.join(bundles, `${name}.mjs`)]
  const [command = '', ...rest] = isPinned && isMeasured ? ['taskset', '-c', '0', ...node] : node
  const child = spawn(command, rest, {
    cwd: process.cwd(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port), ...environment },
  })
  started.push(child)
  await ready(name, child)
  return {
    url: `http://localhost:${port}`,
    pid: child.pid ?? 0,
    tell: (message) => void child.send(message),
    onMessage: (listen) => void child.on('message', listen),
    stop: () => end(child),
  }
}

/** Stops everything that was started, each by its own handle, last first, and lets nothing start any more. */
export async function stopAll(): Promise<void> {
  isEnding = true
  for (const child of [...started].reverse()) await end(child)
}

/** At the very end of this process, whatever ended it. */
export function killLeft(): void {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}

function ready(name: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      if (said.length < 4_000) said += chunk.toString()
      if (/\bready\b/.test(said)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('message', () => resolve())
    child.once('exit', (code) =>
      reject(new Error(`${name} ended with code ${code} while starting:\n${said}`)),
    )
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 12_000)
  await gone
  clearTimeout(late)
}

/** CPU seconds used so far by a process and its living descendants. NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  try {
    const children = new Map<number, number[]>()
    const own = new Map<number, number>()
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue
      const stat = readStat(entry)
      if (!stat) continue
      own.set(Number(entry), stat.seconds)
      children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(entry)])
    }
    const sum = (one: number): number =>
      (own.get(one) ?? 0) + (children.get(one) ?? []).reduce((total, child) => total + sum(child), 0)
    return sum(pid)
  } catch {
    return Number.NaN
  }
}

/** The parent of a process, if there is such a process of that name here. */
export function findParent(pid: number, name: string): number | undefined {
  try {
    if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith(name)) return undefined
    return readStat(String(pid))?.parent
  } catch {
    return undefined
  }
}

/** A process may end between the listing and the look. */
function readStat(pid: string): { readonly parent: number; readonly seconds: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / 100 }
  } catch {
    return undefined
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '@playwright/test'

const root = path.resolve(import.meta.dirname, '..')
const first = 4600
const scratch = mkdtempSync(path.join(tmpdir(), 'vestibule-demo-'))
test.afterAll(() => rmSync(scratch, { recursive: true, force: true }))

type Run = {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
}

function demo(...words: string[]): Run {
  const child = spawn(
    process.execPath,
    ['tools/demo.mjs', '--port', String(first), '--data', scratch, ...words],
    { cwd: root },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk)
    })
  return { child, said: () => said, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

async function isOpen(port: number): Promise<boolean> {
  return fetch(`http://localhost:${port}/`).then(
    () => true,
    () => false,
  )
}

/** What makes this installation itself: new only after a reset. */
const identity = (): string => readFileSync(path.join(scratch, 'secret'), 'utf8')

test('the demo says where to click, stops whole on Ctrl-C, starts again in seconds with its data, and starts anew when asked', async () => {
  test.setTimeout(120_000)
  const one = demo()
  await expect.poll(one.said, { timeout: 60_000 }).toContain('Ctrl-C stops everything')
  for (const place of ['/staff', '/account', '/clinic', '/log']) expect(one.said()).toContain(place)
  const before = identity()
  one.child.kill('SIGINT')
  expect(await one.ended).toBe(0)
  for (let port = first; port < first + 5; port++) expect(await isOpen(port)).toBe(false)

  const two = demo()
  await expect.poll(two.said, { timeout: 30_000 }).toContain('Ctrl-C stops everything')
  expect(two.said()).not.toContain('Building')
  expect(identity()).toBe(before)
  two.child.kill('SIGINT')
  expect(await two.ended).toBe(0)

  const three = demo('--reset')
  await expect.poll(three.said, { timeout: 30_000 }).toContain('Ctrl-C stops everything')
  expect(identity()).not.toBe(before)
  three.child.kill('SIGINT')
  expect(await three.ended).toBe(0)
})

test('a taken port gets a sentence that names it, and nothing is left running', async () => {
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(first + 2, 'localhost', resolve))
  const run = demo()
  expect(await run.ended).toBe(1)
  expect(run.said()).toContain(`Port ${first + 2} (ehr) is taken by another program.`)
  expect(await isOpen(first)).toBe(false)
  squatter.close()
})

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

const clinicianAct = z.object({
  act: z.enum(['release', 'hold']),
  at: z.iso.datetime(),
  practitionerId: z.string(),
  results: z.array(z.string()).min(1),
})

/** One decision of a clinician about results. Replayed over the seed at every start. */
export type ClinicianAct = z.infer<typeof clinicianAct>

const keptState = z.object({ today: z.iso.date(), acts: z.array(clinicianAct) })

export type KeptState = z.infer<typeof keptState>

/** The state file of a data folder; a fresh one begins on `firstDay` and keeps that day. */
export function openKeptState(
  dataDir: string | undefined,
  firstDay: string,
): { state: KeptState; save(): void } {
  const state: KeptState = { today: firstDay, acts: [] }
  if (dataDir === undefined) return { state, save: () => {} }
  mkdirSync(dataDir, { recursive: true })
  const file = path.join(dataDir, 'ehr-state.json')
  const save = (): void => {
    writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  const found = readIfThere(file)
  if (found === undefined) save()
  else Object.assign(state, keptState.parse(JSON.parse(found)))
  return { state, save }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

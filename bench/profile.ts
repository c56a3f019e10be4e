import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

type Profile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
}

/** Prints where the samples of a folder's CPU profiles fell, idle time left out. */
export function printProfiles(folder: string): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Profile
    const names = new Map(
      profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame.functionName, callFrame.url)]),
    )
    const hits = new Map<string, number>()
    for (const sample of profile.samples) {
      const name = names.get(sample) ?? ''
      if (name !== '(idle)' && name !== '(program)') hits.set(name, (hits.get(name) ?? 0) + 1)
    }
    const busy = [...hits.values()].reduce((sum, count) => sum + count, 0)
    console.log(`\n${file}: self time, share of ${busy} busy samples`)
    for (const [name, count] of [...hits].sort((a, b) => b[1] - a[1]).slice(0, 25))
      console.log(`  ${((count / busy) * 100).toFixed(1).padStart(5)} %  ${name}`)
  }
}

function nameOf(functionName: string, url: string): string {
  const place = url.includes('node_modules/')
    ? url.slice(url.lastIndexOf('node_modules/') + 13)
    : path.basename(url)
  return place === '' ? functionName || '(anonymous)' : `${functionName || '(anonymous)'}  ${place}`
}

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
    const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
    const busy = profile.samples.flatMap((sample) => frames.get(sample) ?? []).filter(isBusy)
    console.log(`\n${file}: self time, share of ${busy.length} busy samples`)
    printTop(busy.map(packageOf), 10)
    console.log('  of which')
    printTop(busy.map(nameOf), 20)
  }
}

type Frame = Profile['nodes'][number]['callFrame']

function isBusy({ functionName }: Frame): boolean {
  return !['(idle)', '(program)', '(root)'].includes(functionName)
}

function printTop(names: readonly string[], most: number): void {
  const hits = new Map<string, number>()
  for (const name of names) hits.set(name, (hits.get(name) ?? 0) + 1)
  for (const [name, count] of [...hits].sort((a, b) => b[1] - a[1]).slice(0, most))
    console.log(`  ${((count / names.length) * 100).toFixed(1).padStart(5)} %  ${name}`)
}

function packageOf({ functionName, url }: Frame): string {
  if (url.includes('node_modules/')) {
    const [first = '', second = ''] = afterModules(url).split('/')
    return first.startsWith('@') ? `${first}/${second}` : first
  }
  if (functionName === '(garbage collector)') return functionName
  return url.startsWith('file:') ? 'ours' : 'Node and V8'
}

function nameOf({ functionName, url }: Frame): string {
  const place = url.includes('node_modules/') ? afterModules(url) : path.basename(url)
  return `${functionName || '(anonymous)'}${place === '' ? '' : `  ${place}`}`
}

function afterModules(url: string): string {
  return url.slice(url.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

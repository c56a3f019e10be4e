// Holds the layering of docs/architecture: imports point down, domain modules are strangers to each other, demo and
// lib never meet, and what lies deeper than lib/<module>/<file> is private to its module.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const layers = {
  foundation: ['process', 'time', 'config', 'crypto', 'log', 'http', 'language', 'db', 'fhir'],
  services: ['alerts', 'audit', 'notifications', 'rate-limit', 'jobs', 'stops', 'keys', 'dpop'],
  domain: ['identity', 'linking', 'ehrs', 'apps', 'grants', 'release-policy'],
  composed: ['smart', 'access', 'journeys', 'status-list'],
  gateway: ['gateway'],
}
const order = Object.keys(layers)
const layerOf = (name) => order.findIndex((layer) => layers[layer].includes(name))
const problems = []

for (const file of list(root)) check(file)
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}

function check(file) {
  const from = path.relative(root, file)
  for (const target of imports(file)) {
    const why = refuse(from, target)
    if (why) problems.push(`${from} → ${target}: ${why}`)
  }
}

function refuse(from, target) {
  const [fromTop, fromModule] = from.split('/')
  const [top, module, ...rest] = target.split('/')
  const isTest = /\.(test|spec)\.ts$/.test(from) || ['test', 'e2e', 'bench'].includes(fromTop)
  if (fromTop === 'demo' && top !== 'demo') return 'the demo is a stranger to the house'
  if (fromTop === 'lib' && !isTest && !['lib', 'generated', 'messages'].includes(top))
    return 'lib imports lib only'
  if (top === 'demo' && !['demo'].includes(fromTop) && !isTest) return 'the product compiles without the demo'
  if (fromTop === 'app' && (target.startsWith('lib/db') || top === 'generated'))
    return 'pages never touch the database'
  if (top !== 'lib' || isTest) return undefined
  if (rest.length > 1 && !(fromTop === 'lib' && fromModule === module)) return 'private to its module'
  if (fromTop !== 'lib' || fromModule === module) return undefined
  const [here, there] = [layerOf(fromModule), layerOf(module)]
  if (here === -1 || there === -1) return 'give the module a layer in tools/layers.mjs'
  if (there > here) return 'imports point down'
  if (there === here && order[here] === 'domain') return 'domain modules are strangers to each other'
  return undefined
}

function imports(file) {
  const found = []
  for (const match of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
    const specifier = match[1]
    if (specifier.startsWith('@/')) found.push(specifier.slice(2))
    else if (specifier.startsWith('.'))
      found.push(path.relative(root, path.resolve(path.dirname(file), specifier)))
  }
  return found
}

function list(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', '.next', 'dist', 'generated', '.git', '.data', 'test-results'].includes(entry.name))
      return []
    const full = path.join(directory, entry.name)
    if (entry.isDirectory()) return list(full)
    return /\.tsx?$/.test(entry.name) ? [full] : []
  })
}

// npm test: finds a browser and a PostgreSQL, builds, runs unit, integration and browser tests, and closes on one line.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { buildAll, isBuilt } from './build.mjs'
import { checkConformance } from './conformance.mjs'
import { findBrowser, findPostgres } from './find-tools.mjs'

const root = path.resolve(import.meta.dirname, '..')
const reports = path.join(root, 'test-results')

const browser = await findBrowser()
if (!findPostgres() || !browser) process.exit(1)
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })
try {
  if (!isBuilt()) await buildAll((step) => console.log(`building: ${step}`))
} catch (error) {
  console.error(error.message)
  process.exit(1)
}

const vitestReport = path.join(reports, 'vitest.json')
const playwrightReport = path.join(reports, 'playwright.json')
const unit = run('vitest/vitest.mjs', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${vitestReport}`,
])
const story = run('@playwright/test/cli.js', ['test', '--reporter=list,json'], {
  CHROMIUM_PATH: browser,
  PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport,
})
const counted = [countVitest(), countPlaywright(), countConformance()]
const sum = (key) => counted.reduce((total, part) => total + part[key], 0)
const failed =
  sum('failed') +
  (unit !== 0 && counted[0].failed === 0 ? 1 : 0) +
  (story !== 0 && counted[1].failed === 0 ? 1 : 0)
if (sum('skipped') > 0) console.log(`${sum('skipped')} tests were skipped, which counts as failing`)
console.log(`\n${sum('passed')} passed, ${failed + sum('skipped')} failed`)
process.exit(failed + sum('skipped') === 0 ? 0 : 1)

function run(script, args, environment = {}) {
  const result = spawnSync(process.execPath, [path.join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...environment },
  })
  return result.status ?? 1
}

function countVitest() {
  if (!existsSync(vitestReport)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(vitestReport, 'utf8'))
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

function countPlaywright() {
  if (!existsSync(playwrightReport)) return { passed: 0, failed: 1, skipped: 0 }
  const { stats, suites } = JSON.parse(readFileSync(playwrightReport, 'utf8'))
  for (const title of suites.flatMap(listFlaky)) console.log(`passed only at its second try: ${title}`)
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }
}

function listFlaky({ specs = [], suites = [] }) {
  const own = specs.filter(({ tests }) => tests.some(({ status }) => status === 'flaky'))
  return [...own.map(({ title, file }) => `${file}: ${title}`), ...suites.flatMap(listFlaky)]
}

/** Every rule has a passing test or a decision, and docs/conformance.md says which: one more test, of the whole run. */
function countConformance() {
  if (!existsSync(vitestReport) || !existsSync(playwrightReport)) return { passed: 0, failed: 0, skipped: 0 }
  const { problems } = checkConformance({ vitestReport, playwrightReport })
  for (const problem of problems) console.log(`conformance: ${problem}`)
  return { passed: problems.length === 0 ? 1 : 0, failed: problems.length === 0 ? 0 : 1, skipped: 0 }
}

// Holds every rule of the catalogue against the reports of the tests: docs/conformance.md is written from both. A rule
// with neither a passing test nor a decision fails, and so does a test named after a rule nobody knows.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const document = path.join(root, 'docs/conformance.md')
const catalogue = path.join(root, 'test/conformance/rules.json')

/** What a rule's id looks like; other words in brackets are part of a title. */
const ruleId = /^(\d{4}(-|$)|[A-Z]{1,3}\d|(OIDC|TSL|BCL|RP|hard)-)/

/**
 * Writes docs/conformance.md from the two reports.
 * @returns {{ problems: string[] }} what has neither test nor decision, and what is unknown
 */
export function checkConformance({ vitestReport, playwrightReport }) {
  const rules = JSON.parse(readFileSync(catalogue, 'utf8'))
  const tests = [...readVitest(vitestReport), ...readPlaywright(playwrightReport)]
  const held = collectTags(tests)
  const decided = readDecisions()
  const rows = rules.map((rule) => ({
    rule,
    tests: testsOf(rule, held, rules),
    decision: [...decided].find(([id]) => names(rule, id))?.[1],
  }))
  const uncovered = rows.filter(({ tests: found, decision }) => found.length === 0 && !decision)
  const problems = [
    ...uncovered.map(({ rule }) => `${rule.id} has neither a passing test nor a decision: ${rule.rule}`),
    ...findUnknown(held, rules).map((tag) => `a test is named after ${tag}, which is no rule`),
    ...[...decided.keys()]
      .filter((id) => !rules.some((rule) => names(rule, id)))
      .map((id) => `a decision is taken on ${id}, which is no rule`),
  ]
  const text = render(rows)
  if (!existsSync(document) || readFileSync(document, 'utf8') !== text) {
    writeFileSync(document, text)
    console.log('docs/conformance.md was out of date and is written anew: look at it and commit it')
  }
  return { problems }
}

/** Whether a tag in a test's title names this rule: its id, another spelling of it, or a section within it. */
function names(rule, tag) {
  return [rule.id, ...(rule.also ?? [])].some(
    (id) => tag === id || (/^\d{4}(-|$)/.test(id) && tag.startsWith(`${id}.`)),
  )
}

function testsOf(rule, held, rules) {
  const own = [...held].filter(([tag]) => names(rule, tag)).flatMap(([, files]) => [...files])
  const same = (rule.sameAs ?? []).map((id) => rules.find((one) => one.id === id))
  // a rule that repeats others stands only where each of them does
  const others = same.map((one) => testsOf(one, held, rules))
  const repeated = others.length > 0 && others.every((files) => files.length > 0) ? others.flat() : []
  return [...new Set([...own, ...repeated])].sort()
}

function findUnknown(held, rules) {
  return [...held.keys()].filter((tag) => ruleId.test(tag) && !rules.some((rule) => names(rule, tag)))
}

/** Tag → files with passing tests whose titles carry it. */
function collectTags(tests) {
  const held = new Map()
  for (const { title, file } of tests) {
    for (const [, tag] of title.matchAll(/\[([A-Za-z0-9][\w./()-]*)\]/g)) {
      const files = held.get(tag) ?? new Set()
      files.add(file)
      held.set(tag, files)
    }
  }
  return held
}

function readVitest(report) {
  return JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status === 'passed')
      .map(({ fullName }) => ({ title: fullName, file: path.relative(root, file.name) })),
  )
}

function readPlaywright(report) {
  const collect = (suite, file) => [
    ...(suite.specs ?? [])
      .filter(({ ok }) => ok)
      .map(({ title }) => ({ title, file: path.join('e2e', path.basename(suite.file ?? file)) })),
    ...(suite.suites ?? []).flatMap((inner) => collect(inner, suite.file ?? file)),
  ]
  return JSON.parse(readFileSync(report, 'utf8')).suites.flatMap((suite) => collect(suite, suite.file))
}

/** Lines `- [ID] decision — reason` of docs/decisions; several ids may share a line. */
function readDecisions() {
  const folder = path.join(root, 'docs/decisions')
  const decided = new Map()
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(path.join(folder, name), 'utf8').split('\n')) {
      const found = /^- ((?:\[[^\]]+\]\s*)+)(?!\()/.exec(line)
      for (const [, id] of found?.[1].matchAll(/\[([^\]]+)\]/g) ?? []) decided.set(id, name)
    }
  }
  return decided
}

function render(rows) {
  const sections = [...new Set(rows.map(({ rule }) => rule.section))]
  const titles = JSON.parse(readFileSync(path.join(root, 'test/conformance/sections.json'), 'utf8'))
  const tested = rows.filter(({ tests }) => tests.length > 0).length
  return [
    '# Conformance',
    '',
    'Written by `npm test` from the rules in `test/conformance/rules.json`, the titles of passing tests and `docs/decisions`. A rule without a test or a decision fails the run.',
    '',
    `${rows.length} rules: ${tested} held by tests, ${rows.length - tested} settled by a decision.`,
    ...sections.flatMap((section) => [
      '',
      `## ${section} ${titles[section]}`,
      '',
      '| Rule | | Held by |',
      '| --- | --- | --- |',
      ...rows.filter(({ rule }) => rule.section === section).map(renderRow),
    ]),
    '',
  ].join('\n')
}

function renderRow({ rule, tests, decision }) {
  const by = [
    ...tests.map((file) => `\`${file}\``),
    ...(decision ? [`[decision](decisions/${decision})`] : []),
  ]
  return `| ${rule.id} | ${rule.rule.replaceAll('|', '\\|')} | ${by.join(', ') || '**nothing**'} |`
}

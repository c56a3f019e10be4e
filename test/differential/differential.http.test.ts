import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { classify } from '@/test/differential/classify'
import {
  askingCases,
  introspectCases,
  revokeCases,
  userinfoCases,
} from '@/test/differential/corpus-about-tokens'
import { authorizeCases, type Case, pushCases } from '@/test/differential/corpus-authorize'
import { credentialCases } from '@/test/differential/corpus-credentials'
import { proofCases } from '@/test/differential/corpus-proof'
import { codeCases, refreshCases } from '@/test/differential/corpus-token'
import { explanations } from '@/test/differential/explanations'
import { type Here, startHere } from '@/test/differential/here'
import { type Peer, startPeer } from '@/test/differential/peer'

let here: Here
let peer: Peer
beforeAll(async () => {
  here = await startHere()
  peer = await startPeer()
})
afterAll(async () => {
  await peer.stop()
  await here.stop()
})
beforeEach(() => db().rateLimitHit.deleteMany())

const corpus: readonly Case[] = [
  ...authorizeCases,
  ...pushCases,
  ...codeCases,
  ...credentialCases,
  ...askingCases,
  ...refreshCases,
  ...proofCases,
  ...revokeCases,
  ...introspectCases,
  ...userinfoCases,
]
const explained = new Map(explanations.flatMap(({ why, cases }) => cases.map((name) => [name, why] as const)))

type Difference = { readonly name: string; readonly here: string; readonly peer: string }

describe('one hostile corpus, against us and against a certified server', () => {
  const differences: Difference[] = []
  let worst = ''

  it('holds at least 150 requests, each with a name of its own, and no reason twice', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(150)
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length)
    const reasons = explanations.flatMap(({ cases }) => cases)
    expect(new Set(reasons).size).toBe(reasons.length)
  })

  it('gets the same class of answer from both, but for differences that are explained', {
    timeout: 120_000,
  }, async () => {
    for (const [index, { name, send }] of corpus.entries()) {
      if (index % 50 === 0) await db().rateLimitHit.deleteMany()
      const [ours, theirs] = [await send(here), await send(peer)]
      if (ours.status >= 500) worst = name
      const found = { name, here: classify(ours), peer: classify(theirs) }
      if (found.here !== found.peer) differences.push(found)
    }
    expect(worst).toBe('')
    expect(differences.filter(({ name }) => !explained.has(name))).toEqual([])
  })

  it('explains nothing that is no difference', () => {
    const found = new Set(differences.map(({ name }) => name))
    expect([...explained.keys()].filter((name) => !found.has(name))).toEqual([])
  })

  it('is written down, as it is, in docs', async () => {
    await expect(page(differences)).toMatchFileSnapshot('../../docs/differences-from-oidc-provider.md')
  })
})

function page(differences: readonly Difference[]): string {
  const sections = explanations.flatMap(({ why, cases }) => [
    '',
    why,
    '',
    '| Request | Here | oidc-provider |',
    '| --- | --- | --- |',
    ...differences
      .filter(({ name }) => cases.includes(name))
      .map(({ name, here: ours, peer: theirs }) => `| ${name} | ${ours} | ${theirs} |`),
  ])
  return [
    '# Where we answer otherwise than oidc-provider',
    '',
    `Written by \`test/differential\`: ${corpus.length} requests, most of them hostile, sent to this server and to \`oidc-provider\` (certified, set up alike). ${corpus.length - differences.length} get the same class of answer; these ${differences.length} do not, and this is why.`,
    ...sections,
    '',
  ].join('\n')
}

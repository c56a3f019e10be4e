import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startIdentityProvider } from './server'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vestibule-idp-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

async function readKeyIds(options: { readonly dataDir?: string }): Promise<string[]> {
  const idp = await startIdentityProvider({ port: 0, brokerUrl: 'http://localhost:3999', ...options })
  try {
    const ids = Object.values(idp.issuers).map(async (issuer) => {
      const answer = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] }
      return answer.keys.map(({ kid }) => kid).join()
    })
    return await Promise.all(ids)
  } finally {
    await idp.close()
  }
}

it('a restart with the same folder keeps the signing keys, readable by the owner alone', async () => {
  const first = await readKeyIds({ dataDir })
  expect(await readKeyIds({ dataDir })).toEqual(first)
  expect((await stat(join(dataDir, 'identity-provider-keys.json'))).mode & 0o777).toBe(0o600)
})

it('each issuer has a key of its own, and without a folder keys are new at every start', async () => {
  const first = await readKeyIds({})
  expect(new Set(first).size).toBe(3)
  expect(await readKeyIds({})).not.toEqual(first)
})

it('controls do not exist unless a token is configured', async () => {
  const idp = await startIdentityProvider({ port: 0, brokerUrl: 'http://localhost:3999' })
  try {
    const answer = await fetch(`${idp.url}/control/down`, { method: 'POST', body: '{"seconds":5}' })
    expect(answer.status).toBe(404)
  } finally {
    await idp.close()
  }
})

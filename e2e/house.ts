import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { test as base } from '@playwright/test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { freePort } from '../test/postgres-server'
import { type HouseUrls, startHouse } from '../tools/house.mjs'
import { castMember } from './steps/cast'

/** All processes of the demo, running the built product, and the levers a story needs beside the browser. */
export type House = {
  readonly urls: HouseUrls
  /** Every line any process has written. */
  readonly lines: readonly string[]
  /** An activation code for a person's own chart, issued through the API that prints them on visit summaries. */
  issueCode(key: string): Promise<string>
  /** Orders a code through the same API for any record, and says what came of it. */
  orderCode(patientId: string): Promise<CodeAnswer>
  /** A lever of the demo EHR. */
  ehr(lever: string, body: Readonly<Record<string, unknown>>): Promise<void>
  /** A lever of the demo identity provider. */
  provider(lever: string, body: Readonly<Record<string, unknown>>): Promise<void>
  /** Mail received so far. */
  mail(): Promise<readonly Mail[]>
  /** A command of the operator, as typed after `npm run vestibule --`. */
  command(...words: readonly string[]): Promise<string>
}

export type CodeAnswer = { readonly outcome: string; readonly code?: string; readonly reason?: string }

export type Mail = { readonly to: readonly string[]; readonly subject: string; readonly text: string }

const controlToken = 'levers-of-the-browser-tests'
const printer = 'visit-printer'
const run = promisify(execFile)

/** All browsers of a run come from one address: the budget of a waiting room keeps one story out of another's way. */
const ownNetworks = ['127.0.0.0/8', '::1/128']

/** Files that name another `story` get a house of their own: nobody is linked in it and nobody has tried anything. */
export const test = base.extend<object, { story: string; house: House }>({
  story: ['', { scope: 'worker', option: true }],
  house: [
    async ({ story }, use) => {
      const started = await openHouse(story)
      await use(started.house)
      await started.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
})
export { expect } from '@playwright/test'

/** How the EHR of a house trusts: by whose word, and who lets an app's request through. */
export type EhrTrust = {
  readonly trust: 'jwks' | 'introspection'
  readonly enforcement: 'gateway' | 'self'
}

const usualTrust: EhrTrust = { trust: 'jwks', enforcement: 'gateway' }

/** Starts a house. Whoever calls this closes it. */
export async function openHouse(
  story: string,
  { trust, enforcement }: EhrTrust = usualTrust,
): Promise<{ house: House; close(): Promise<void> }> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), `vestibule-house-${story}-`))
  const { publicKey, privateKey } = await generateKeyPair('ES384')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'printer', alg: 'ES384', use: 'sig' }
  const lines: string[] = []
  const [broker, provider, ehr, app, mail, smtp] = await Promise.all(Array.from({ length: 6 }, freePort))
  const running = await startHouse({
    ports: {
      broker: broker ?? 0,
      provider: provider ?? 0,
      ehr: ehr ?? 0,
      app: app ?? 0,
      mail: mail ?? 0,
      smtp: smtp ?? 0,
    },
    dataDirectory,
    strangerHost: '127.0.0.1',
    controlToken,
    environment: { LOG_LEVEL: 'debug' },
    configure: (file) => ({
      ...file,
      apps: [...(file['apps'] as object[]), backendApp(jwk)],
      ehrs: (file['ehrs'] as object[]).map((ehr) => ({ ...ehr, linking: { clinicNetworks: ownNetworks } })),
    }),
    trust,
    enforcement,
    onLine: (name, line) => lines.push(`${name}: ${line}`),
  })
  const { urls, configFile } = running
  const commandEnvironment = {
    ...process.env,
    VESTIBULE_PUBLIC_URL: urls.broker,
    VESTIBULE_CONFIG: configFile,
    VESTIBULE_DATA_DIR: dataDirectory,
    COOKIE_PREFIX: 'vestibule',
    LOG_LEVEL: 'warn',
  }
  const token = (): Promise<string> => backendToken(urls.broker, privateKey)
  return {
    house: {
      urls,
      lines,
      issueCode: async (key) => issueCode(urls.broker, await token(), key),
      orderCode: async (patientId) => orderCode(urls.broker, await token(), patientId),
      provider: (lever, body) => pull(`${urls.provider}/control/${lever}`, body),
      ehr: (lever, body) => pull(`${urls.ehr}/control/${lever}`, body),
      mail: async () => (await fetch(`${urls.mail}/messages.json`)).json(),
      command: async (...words) => {
        const options = { env: commandEnvironment }
        return (await run(process.execPath, ['dist/command.mjs', ...words], options)).stdout.trim()
      },
    },
    close: async () => {
      await running.stop()
      rmSync(dataDirectory, { recursive: true, force: true })
    },
  }
}

function backendApp(jwk: object): object {
  return {
    kind: 'backend',
    id: printer,
    name: 'Visit summary printer',
    jwks: { keys: [jwk] },
    scopes: [issueScope],
  }
}

const issueScope = '__activation-codes.issue'

async function backendToken(broker: string, key: CryptoKey): Promise<string> {
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES384', kid: 'printer', typ: 'JWT' })
    .setIssuer(printer)
    .setSubject(printer)
    .setAudience(`${broker}/oauth/token`)
    .setJti(crypto.randomUUID())
    .setExpirationTime('2m')
    .sign(key)
  const answer = await fetch(`${broker}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: issueScope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  })
  if (!answer.ok) throw new Error(`no backend token: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { access_token: string }).access_token
}

async function issueCode(broker: string, token: string, key: string): Promise<string> {
  const answer = await orderCode(broker, token, castMember(key).patientId)
  if (!answer.code) throw new Error(`no code for ${key}: ${JSON.stringify(answer)}`)
  return answer.code
}

async function orderCode(broker: string, token: string, patient: string): Promise<CodeAnswer> {
  const answer = await fetch(`${broker}/activation-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      codes: [{ ehr: 'demo', patient, relationship: 'self', receivedBy: 'visit-summary' }],
    }),
  })
  const body = (await answer.json()) as { codes?: CodeAnswer[] }
  const [order] = body.codes ?? []
  if (!order) throw new Error(`no answer to the order: ${answer.status} ${JSON.stringify(body)}`)
  return order
}

async function pull(url: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`the lever ${url} did not move: ${answer.status} ${await answer.text()}`)
}

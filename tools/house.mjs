// Starts the whole demo as its own processes: identity provider, EHR, app, mail sink and the broker. Used by
// `npm run demo` on the known ports and by the browser tests on free ones.
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')

/** The ports of the demo. */
export const demoPorts = { broker: 3000, provider: 3001, ehr: 3002, app: 3003, mail: 3004, smtp: 2525 }

/**
 * @param {{ ports: typeof demoPorts, dataDirectory: string, strangerHost?: string, controlToken?: string, configure?: (file: any) => any,
 *   environment?: Record<string, string>, trust?: 'jwks' | 'introspection', enforcement?: 'gateway' | 'self', onLine?: (process: string, line: string) => void }} options
 */
export async function startHouse(options) {
  const { ports, dataDirectory } = options
  const urls = houseUrls(ports, options.strangerHost ?? 'localhost')
  for (const [name, port] of Object.entries(ports)) await requireFree(name, port)
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
  const portal = openPortalKey(dataDirectory)
  const { trust = 'jwks', enforcement = 'gateway', configure = (file) => file } = options
  const ehrKey = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const ehrPublicKey = ehrKey.publicKey.export({ format: 'jwk' })
  const configFile = writeConfig(dataDirectory, urls, {
    portal,
    configure: (file) => configure(withEhr(file, enforcement, ehrPublicKey)),
  })
  const running = []
  const stop = async () => {
    for (const child of running.splice(0).reverse()) await end(child)
  }
  try {
    const control = options.controlToken
    const begin = (name, environment) => start(name, environment, options, running)
    await Promise.all([
      begin('demo/mail/main', { MAIL_SMTP_PORT: ports.smtp, MAIL_HTTP_PORT: ports.mail }),
      begin('demo/identity-provider/main', {
        IDP_PORT: ports.provider,
        IDP_PUBLIC_URL: urls.provider,
        IDP_BROKER_URL: urls.broker,
        IDP_PORTAL_URL: `${urls.ehr}/portal`,
        IDP_DATA_DIR: path.join(dataDirectory, 'identity-provider'),
        ...(control ? { IDP_CONTROL_TOKEN: control } : {}),
      }),
      begin('demo/ehr/main', {
        EHR_PORT: ports.ehr,
        EHR_PUBLIC_URL: urls.ehr,
        EHR_ISSUER: urls.broker,
        EHR_DATA_DIR: path.join(dataDirectory, 'ehr'),
        EHR_PORTAL_KEY: portal.file,
        EHR_PROVIDER_ISSUER: urls.provider,
        ...(control ? { EHR_CONTROL_TOKEN: control } : {}),
        TRUST: trust,
        ENFORCEMENT: enforcement,
        EHR_INTROSPECTION_KEY: JSON.stringify({ ...ehrKey.privateKey.export({ format: 'jwk' }), kid: 'ehr' }),
      }),
      begin('demo/app/main', {
        APP_PORT: ports.app,
        APP_PUBLIC_URL: urls.app,
        // an EHR that enforces by itself is called by apps, with tokens that the broker gives
        APP_FHIR_BASE: enforcement === 'self' ? `${urls.ehr}/fhir` : `${urls.broker}/fhir/demo`,
        APP_AUTHORIZATION_SERVER: urls.broker,
      }),
    ])
    await begin('server', {
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      HOST: 'localhost',
      PORT: ports.broker,
      VESTIBULE_PUBLIC_URL: urls.broker,
      VESTIBULE_CONFIG: configFile,
      VESTIBULE_DATA_DIR: dataDirectory,
      SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
      COOKIE_PREFIX: 'vestibule',
      LOG_LEVEL: 'warn',
      ...options.environment,
    })
    return { urls, stop, children: running, configFile }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Where each process is reached. Cookies ignore ports, so tests give the strangers another host name. */
export function houseUrls(ports, strangerHost) {
  return {
    broker: `http://localhost:${ports.broker}`,
    provider: `http://${strangerHost}:${ports.provider}`,
    ehr: `http://localhost:${ports.ehr}`,
    app: `http://${strangerHost}:${ports.app}`,
    mail: `http://localhost:${ports.mail}`,
  }
}

/** The portal's key pair, made at the first start: the private half stays in a file, the broker gets the public one. */
function openPortalKey(dataDirectory) {
  const file = path.join(dataDirectory, 'portal-key.json')
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: `portal-${Date.now()}` }
    writeFileSync(file, JSON.stringify(jwk), { mode: 0o600 })
  }
  const { d: _, ...publicKey } = JSON.parse(readFileSync(file, 'utf8'))
  return { file, publicKey: { ...publicKey, alg: 'ES384', use: 'sig' } }
}

/** The portal of the demo EHR as the broker knows it: it orders codes, launches apps and vouches for its patients. */
function portalApp(publicKey, urls) {
  return {
    kind: 'backend',
    id: 'harbor-portal',
    name: 'Harbor Clinic portal',
    jwks: { keys: [publicKey] },
    scopes: ['__activation-codes.issue', '__launch.create'],
    launchEhrs: ['demo'],
    vouchesFor: [urls.provider],
    returnAddresses: [`${urls.ehr}/portal`],
  }
}

/** Who enforces, and the EHR as a client that may ask about the tokens it is brought. */
function withEhr(file, enforcement, publicJwk) {
  const keys = [{ ...publicJwk, kid: 'ehr', alg: 'ES384', use: 'sig' }]
  const client = { kind: 'backend', id: 'demo-ehr', name: 'Harbor Clinic EHR', ehr: 'demo' }
  return {
    ...file,
    ehrs: file.ehrs.map((ehr) => ({ ...ehr, enforcement })),
    apps: [...file.apps, { ...client, jwks: { keys }, scopes: ['__introspect'] }],
  }
}

function writeConfig(dataDirectory, urls, { portal, configure }) {
  const text = readFileSync(path.join(root, 'demo/vestibule.config.json'), 'utf8')
    .replaceAll('http://localhost:3001', urls.provider)
    .replaceAll('http://localhost:3002', urls.ehr)
    .replaceAll('http://localhost:3003', urls.app)
    .replaceAll('http://localhost:3000', urls.broker)
  const file = path.join(dataDirectory, 'vestibule.config.json')
  const demo = JSON.parse(text)
  const whole = { ...demo, apps: [...demo.apps, portalApp(portal.publicKey, urls)] }
  writeFileSync(file, JSON.stringify(configure(whole), null, 2))
  return file
}

/** A process is ready when it says so: one line with the word `ready`, or an ipc message. Its other lines go on. */
function start(name, environment, options, running) {
  const child = spawn(process.execPath, ['--enable-source-maps', path.join(root, `dist/${name}.mjs`)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // a group of its own: Ctrl-C reaches the starter alone, which stops them in order
    detached: true,
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)])),
    },
  })
  // at once, so that a stop also reaches those that are still starting when another one fails
  running.push(child)
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk) => {
      for (const line of String(chunk).split('\n').filter(Boolean)) {
        options.onLine?.(name, line)
        if (said.length < 4_000) said += `${line}\n`
        if (/\bready\b/.test(line)) resolve(child)
      }
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('message', () => resolve(child))
    child.once('exit', (code) =>
      reject(new Error(`${name} ended with code ${code} while starting:\n${said}`)),
    )
  })
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(late)
}

/** @throws Error with a sentence that names the port */
async function requireFree(name, port) {
  await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', () =>
      reject(
        Object.assign(
          new Error(
            `Port ${port} (${name}) is taken by another program. Stop it, or choose other ports: npm run demo -- --port 4000`,
          ),
          { code: 'port-taken' },
        ),
      ),
    )
    probe.listen(port, 'localhost', () => probe.close(resolve))
  })
}

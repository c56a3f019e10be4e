// npm run demo: builds what changed, starts everything on the embedded database, and says where to click.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildAll, isBuilt } from './build.mjs'
import { demoPorts, startHouse } from './house.mjs'

const root = path.resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: { reset: { type: 'boolean', default: false }, port: { type: 'string' }, data: { type: 'string' } },
})
const dataDirectory = path.resolve(values.data ?? path.join(root, '.data'))
const ports = values.port ? portsFrom(Number(values.port)) : demoPorts
const bold = (text) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text)

try {
  if (values.reset) rmSync(dataDirectory, { recursive: true, force: true })
  if (!isBuilt()) {
    console.log('Building Vestibule. The first time takes about a minute.')
    await buildAll((step) => console.log(`  · ${step}`))
  }
  console.log('Starting the demo …')
  const house = await startHouse({
    ports,
    dataDirectory,
    ...(process.env.TRUST ? { trust: process.env.TRUST } : {}),
    ...(process.env.ENFORCEMENT ? { enforcement: process.env.ENFORCEMENT } : {}),
    onLine: (name, line) => {
      if (process.env.DEMO_LOGS || /"level":(50|60)/.test(line)) console.log(`[${name}] ${line}`)
    },
  })
  let stopping = false
  const stop = async (code) => {
    if (stopping) return
    stopping = true
    console.log('\nStopping …')
    await house.stop()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0))
  for (const child of house.children)
    child.once('exit', () => {
      if (!stopping) console.error('A demo process ended by itself.')
      void stop(1)
    })
  console.log(screen(house.urls))
} catch (error) {
  console.error(error.message)
  process.exit(1)
}

/** Six ports in a row, for when the known ones are taken: `npm run demo -- --port 4000`. */
function portsFrom(first) {
  return Object.fromEntries(Object.keys(demoPorts).map((name, index) => [name, first + index]))
}

function screen(urls) {
  return `
${bold('Vestibule is running.')}

  1. A staff member prints a code   ${bold(`${urls.broker}/staff`)}
     Sign in as Dana Whitcomb (front desk). Find the chart of Maya Rivera, issue a code.
  2. The patient opens the app      ${bold(urls.app)}
     Sign in as Maya Rivera, enter the code and her birth date (14 March 1988), allow the app.
     Her newest HbA1c is missing: Dr. Adeyemi has not released it yet.
  3. The doctor releases it         ${bold(`${urls.ehr}/clinic`)}
     Release it as Dr. Adeyemi, then press "Refresh" in the app: it is there.

  4. Or it all begins in the portal ${bold(`${urls.ehr}/portal`)}
     Sign in as Ingrid Lindqvist, connect a chart with her birth date (2 October 1979), open the app from there.

  Her account    ${urls.broker}/account        Mail that was sent   ${urls.mail}
  EHR’s own log  ${urls.ehr}/log            Start anew           npm run demo -- --reset

Ctrl-C stops everything.`
}

import { startEhr } from './server'
import { parseEnvironment } from './settings'

const ehr = await startEhr(parseEnvironment(process.env))
process.stdout.write(`demo EHR ready: ${ehr.url}/clinic (FHIR base ${ehr.url}/fhir)\n`)

let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    ehr.close().then(() => process.exit(0))
  })

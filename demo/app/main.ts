import { startApp } from './server'

const { env } = process

/** A taken port is said in one sentence; anything else is a bug and is shown whole. */
function explain(error: unknown): string {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  return taken ? `Port ${env['APP_PORT'] ?? '3003'} is taken (demo app).` : String(error)
}

try {
  const port = Number(env['APP_PORT'] ?? '3003')
  const running = await startApp({
    port,
    publicUrl: env['APP_PUBLIC_URL'] ?? `http://localhost:${port}`,
    fhirBase: env['APP_FHIR_BASE'] ?? 'http://localhost:3000/fhir/demo',
    authorizationServer: env['APP_AUTHORIZATION_SERVER'],
    clientId: env['APP_CLIENT_ID'] ?? 'lab-window',
  })
  const stop = (): void => {
    void running.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(`demo app ready on ${running.url}`)
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

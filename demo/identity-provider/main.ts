import { startIdentityProvider } from './server'

const { env } = process

/** A taken port is said in one sentence; anything else is a bug and is shown whole. */
function explain(error: unknown): string {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  return taken ? `Port ${env['IDP_PORT'] ?? '3001'} is taken (demo identity provider).` : String(error)
}

try {
  const port = Number(env['IDP_PORT'] ?? '3001')
  const running = await startIdentityProvider({
    port,
    publicUrl: env['IDP_PUBLIC_URL'] ?? `http://localhost:${port}`,
    brokerUrl: env['IDP_BROKER_URL'] ?? 'http://localhost:3000',
    ...(env['IDP_PORTAL_URL'] ? { portalUrl: env['IDP_PORTAL_URL'] } : {}),
    ...(env['IDP_CLIENT_SECRET'] ? { clientSecret: env['IDP_CLIENT_SECRET'] } : {}),
    ...(env['IDP_DATA_DIR'] ? { dataDir: env['IDP_DATA_DIR'] } : {}),
    ...(env['IDP_CONTROL_TOKEN'] ? { controlToken: env['IDP_CONTROL_TOKEN'] } : {}),
  })
  const stop = (): void => {
    void running.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(`demo identity provider ready on ${running.url}`)
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

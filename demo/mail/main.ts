import { startMailSink } from './server'

const { env } = process

/** A taken port is said in one sentence; anything else is a bug and is shown whole. */
function explain(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${'port' in error ? error.port : ''} is taken (demo mail).`
  }
  return String(error)
}

try {
  const running = await startMailSink({
    smtpPort: Number(env['MAIL_SMTP_PORT'] ?? '2525'),
    httpPort: Number(env['MAIL_HTTP_PORT'] ?? '3004'),
  })
  const stop = (): void => {
    void running.close().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(`demo mail ready on ${running.url}, receiving at ${running.smtpUrl}`)
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

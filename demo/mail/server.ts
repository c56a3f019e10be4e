import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { type Mailbox, type Message, openMailbox } from './mailbox'
import { inboxPage, messagePage, missingPage } from './pages'
import { stylesheet } from './stylesheet'

export type MailSinkOptions = {
  /** 0 takes a free port. */
  readonly smtpPort: number
  readonly httpPort: number
  readonly host?: string
}

export type RunningMailSink = {
  readonly url: string
  readonly smtpUrl: string
  close(): Promise<void>
}

/** Takes every mail it is handed, delivers none, and shows them on a page. Loopback only. */
export async function startMailSink(options: MailSinkOptions): Promise<RunningMailSink> {
  const host = options.host ?? '127.0.0.1'
  const mailbox = openMailbox()
  const smtp = createSmtp(mailbox)
  const smtpPort = await listenSmtp(smtp, options.smtpPort, host)
  const http = await listenHttp(mailbox, options.httpPort, host).catch(async (error: unknown) => {
    await closeSmtp(smtp)
    throw error
  })
  return {
    url: http.url,
    smtpUrl: `smtp://${host}:${smtpPort}`,
    close: async () => {
      await Promise.all([closeSmtp(smtp), http.close()])
    },
  }
}

function createSmtp(mailbox: Mailbox): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: 2_000_000,
    disableReverseLookup: true,
    onData: (stream, session, done) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address)
      readMessage(stream, recipients).then(
        (message) => {
          mailbox.add(message)
          done()
        },
        () => done(new Error('The message could not be read')),
      )
    },
  })
}

async function readMessage(
  stream: SMTPServerDataStream,
  recipients: readonly string[],
): Promise<Omit<Message, 'id'>> {
  const mail = await simpleParser(stream)
  return {
    receivedAt: new Date().toISOString(),
    from: mail.from?.text ?? '',
    to: recipients,
    subject: mail.subject ?? '',
    text: mail.text ?? '',
  }
}

function createPages(mailbox: Mailbox): Hono {
  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ['data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'same-origin',
      strictTransportSecurity: false,
    }),
  )
  app.use(async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })
  app.get('/', (c) => c.html(inboxPage(mailbox.list())))
  app.get('/messages/:id{[0-9]+}', (c) => {
    const message = mailbox.find(Number(c.req.param('id')))
    return message ? c.html(messagePage(message)) : c.html(missingPage(), 404)
  })
  app.get('/messages.json', (c) => c.json(mailbox.list()))
  app.delete('/messages.json', (c) => {
    mailbox.clear()
    return c.body(null, 204)
  })
  app.get('/style.css', (c) => c.body(stylesheet, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.get('/health', (c) => c.text('ok'))
  return app
}

function listenSmtp(server: SMTPServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const listening = server.listen(port, host, () => {
      server.off('error', reject)
      // A client that hangs up in the middle is no reason to end the process.
      server.on('error', () => {})
      resolve((listening.address() as AddressInfo).port)
    })
  })
}

function closeSmtp(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

function listenHttp(
  mailbox: Mailbox,
  port: number,
  host: string,
): Promise<{ url: string; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: createPages(mailbox).fetch, port, hostname: host }, (address) => {
      resolve({ url: `http://${host}:${address.port}`, close: closeHttp })
    })
    server.once('error', reject)
    const closeHttp = (): Promise<void> =>
      new Promise((done) => {
        server.close(() => done())
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
  })
}

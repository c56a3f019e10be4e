import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openMailbox } from './mailbox'
import { type RunningMailSink, startMailSink } from './server'

let sink: RunningMailSink

beforeAll(async () => {
  sink = await startMailSink({ smtpPort: 0, httpPort: 0 })
})
afterAll(() => sink.close())
beforeEach(() => fetch(`${sink.url}/messages.json`, { method: 'DELETE' }))

async function send(message: {
  readonly to: string
  readonly subject: string
  readonly text: string
}): Promise<void> {
  const transport = createTransport(sink.smtpUrl)
  await transport.sendMail({ from: 'Harbor Clinic <no-reply@harbor.example.org>', ...message })
  transport.close()
}

async function listMessages(): Promise<
  { id: number; to: string[]; from: string; subject: string; text: string }[]
> {
  return (await fetch(`${sink.url}/messages.json`)).json()
}

it('a mail sent by SMTP is listed with its envelope’s recipient, newest first', async () => {
  await send({ to: 'maya.rivera@example.org', subject: 'First', text: 'One' })
  await send({ to: 'layla.haddad@example.org', subject: 'مرحبا', text: 'سطر' })
  const messages = await listMessages()
  expect(messages.map(({ subject }) => subject)).toEqual(['مرحبا', 'First'])
  expect(messages[1]).toMatchObject({ to: ['maya.rivera@example.org'], text: 'One\n' })
})

it('markup in a mail is shown as text, in the list and on its page', async () => {
  await send({
    to: 'robin@example.org',
    subject: '<script>alert(1)</script>',
    text: '<img src=x onerror=alert(2)>',
  })
  const [message] = await listMessages()
  for (const path of ['/', `/messages/${message?.id}`]) {
    const page = await (await fetch(`${sink.url}${path}`)).text()
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('&lt;img src=x onerror=alert(2)&gt;')
    expect(page).not.toMatch(/<script|<img/)
  }
})

it('pages forbid scripts and are never stored', async () => {
  const answer = await fetch(sink.url)
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.getSetCookie()).toEqual([])
})

it('an empty inbox says so, and a message that is gone is 404', async () => {
  expect(await (await fetch(sink.url)).text()).toContain('No mail yet')
  expect((await fetch(`${sink.url}/messages/999999`)).status).toBe(404)
})

it('only the latest messages are kept', () => {
  const mailbox = openMailbox(2)
  for (const subject of ['a', 'b', 'c']) mailbox.add({ receivedAt: '', from: '', to: [], subject, text: '' })
  expect(mailbox.list().map(({ subject }) => subject)).toEqual(['c', 'b'])
})

it('a taken port refuses to start and leaves nothing listening', async () => {
  const port = Number(new URL(sink.url).port)
  await expect(startMailSink({ smtpPort: 0, httpPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

import { html, raw } from 'hono/html'
import type { Message } from './mailbox'

type Part = ReturnType<typeof html>

/** The inbox, newest first. */
export function inboxPage(messages: readonly Message[]): Part {
  const body =
    messages.length === 0
      ? html`<div class="empty">${envelope}<h2>No mail yet</h2>
          <p>When the clinic sends a notice, for example about a new link to a chart, it lands here.</p></div>`
      : html`<ul class="messages">${messages.map(messageRow)}</ul>`
  return shell('Inbox', body, messages.length)
}

function messageRow(message: Message): Part {
  return html`<li><a href="/messages/${message.id}">
    <span class="top"><bdi class="to">${message.to.join(', ')}</bdi>${time(message)}</span>
    <bdi class="subject">${message.subject || 'No subject'}</bdi>
    <bdi class="preview">${message.text.slice(0, 140)}</bdi>
  </a></li>`
}

/** One message as text. HTML parts are never shown: the text part says the same. */
export function messagePage(message: Message): Part {
  return shell(
    message.subject || 'No subject',
    html`<p class="back"><a href="/">Back to the inbox</a></p>
      <article>
        <h2><bdi>${message.subject || 'No subject'}</bdi></h2>
        <dl><div><dt>To</dt><dd><bdi>${message.to.join(', ')}</bdi></dd></div>
          <div><dt>From</dt><dd><bdi>${message.from}</bdi></dd></div>
          <div><dt>Received</dt><dd>${time(message)}</dd></div></dl>
        <div class="body" dir="auto">${message.text}</div>
      </article>`,
  )
}

export function missingPage(): Part {
  return shell(
    'No such message',
    html`<div class="empty">${envelope}<h2>No such message</h2><p>Only the latest 200 are kept, in memory. <a href="/">Back to the inbox</a></p></div>`,
  )
}

function time({ receivedAt }: Message): Part {
  return html`<time datetime="${receivedAt}">${receivedAt.slice(0, 16).replace('T', ' ')} UTC</time>`
}

function shell(title: string, body: Part, count?: number): Part {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} · Demo mail</title>
  <link rel="stylesheet" href="/style.css">
  <link rel="icon" href="data:,">
</head>
<body>
  <header><h1><a href="/">${envelope}Demo mail</a></h1>${count === undefined ? '' : html`<p>${count} ${count === 1 ? 'message' : 'messages'} · <a href="/">Look again</a></p>`}</header>
  <main>${body}</main>
  <footer>Everything the demo would have mailed. Nothing leaves this computer, and nothing is kept after it stops.</footer>
</body>
</html>`
}

const envelope = raw(
  '<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><rect x="3" y="5" width="18" height="14" rx="3"/><path d="m4 8 8 6 8-6"/></svg>',
)

import type FhirLibrary from 'fhirclient/lib/entry/browser'
import { checkCallback } from './callback'
import { renderChart } from './chart-view'
import { type Connection, openConnection } from './connection'
import { byId, el } from './elements'
import { checkIdToken } from './id-token'
import { findPendingRequest } from './pending-request'
import { problemBox } from './problem-box'
import type { Problem } from './problems'
import { endSession, findSession, keepSession } from './session'
import { readSettings } from './settings'

declare const FHIR: typeof FhirLibrary

type Opened =
  | { readonly outcome: 'connected'; readonly connection: Connection }
  | { readonly outcome: 'problem'; readonly problem: Problem; readonly error?: string | undefined }

/** Finishes the authorization that came back to this address, or goes on with the one this tab has. */
async function open(): Promise<Opened> {
  const query = new URLSearchParams(location.search)
  // The code leaves the address bar, the history and every later Referer before anything else happens.
  history.replaceState(null, '', location.pathname)
  const callback = checkCallback(query, findPendingRequest(sessionStorage))
  if (callback.outcome === 'none') return resume()
  if (callback.outcome === 'code') return exchange(callback.code, callback.state)
  if (callback.problem !== 'not-ours') endSession(sessionStorage)
  return { outcome: 'problem', problem: callback.problem, error: callback.error }
}

async function resume(): Promise<Opened> {
  const session = findSession(sessionStorage)
  if (!session) return { outcome: 'problem', problem: 'not-connected' }
  const client = await FHIR.oauth2.ready()
  if (!client.state.tokenResponse?.access_token) return { outcome: 'problem', problem: 'not-connected' }
  return { outcome: 'connected', connection: openConnection(client, session, sessionStorage) }
}

async function exchange(code: string, state: string): Promise<Opened> {
  const pending = findPendingRequest(sessionStorage)
  if (!pending) return { outcome: 'problem', problem: 'not-ours' }
  sessionStorage.removeItem('lab-window.request')
  // The library writes the code into the form as it stands.
  const client = await FHIR.oauth2
    .ready({ code: encodeURIComponent(code), stateKey: state })
    .catch(() => undefined)
  if (!client?.state.tokenResponse?.access_token) {
    endSession(sessionStorage)
    return { outcome: 'problem', problem: 'exchange-failed' }
  }
  const claims = checkIdToken(client.getIdToken(), {
    issuer: pending.issuer,
    clientId: readSettings(document.body).clientId,
    nonce: pending.nonce,
    now: new Date(),
  })
  if (!claims) {
    endSession(sessionStorage)
    return { outcome: 'problem', problem: 'wrong-id-token' }
  }
  const { issuer, revocationEndpoint } = pending
  const session = {
    issuer,
    subject: claims.sub,
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
  }
  keepSession(sessionStorage, session)
  return { outcome: 'connected', connection: openConnection(client, session, sessionStorage) }
}

function showSignedOut(wasTold: boolean): void {
  byId('account').replaceChildren()
  byId('content').replaceChildren(
    el(
      'section',
      { class: 'card centered', 'data-testid': 'signed-out' },
      el('h1', { tabindex: '-1' }, 'You are signed out'),
      el(
        'p',
        {},
        wasTold
          ? 'This app has forgotten you, and the clinic knows that the access is over.'
          : 'This app has forgotten you. The clinic could not be told: end the access in “My account” there.',
      ),
      el('a', { class: 'button', href: '/' }, 'Back to the start'),
    ),
  )
  byId('content').querySelector<HTMLElement>('h1')?.focus()
}

open()
  .catch((): Opened => ({ outcome: 'problem', problem: 'unexpected' }))
  .then(async (opened) => {
    byId('waiting').remove()
    if (opened.outcome === 'connected') {
      await renderChart(opened.connection, {
        content: byId('content'),
        account: byId('account'),
        onSignedOut: showSignedOut,
      })
      return
    }
    byId('content').append(
      problemBox(opened.problem, { error: opened.error, heading: 'h1', onAgain: () => location.reload() }),
    )
  })

import type FhirLibrary from 'fhirclient/lib/entry/browser'
import { byId } from './elements'
import { checkAuthorizationUrl, checkLaunch, newSecret, parseDiscovery, scopeFor } from './launch'
import { keepPendingRequest } from './pending-request'
import { problemBox } from './problem-box'
import type { Problem } from './problems'
import { endSession } from './session'
import { readSettings } from './settings'

declare const FHIR: typeof FhirLibrary

/** Sends the browser to the clinic, or says why not. */
async function launch(): Promise<Problem | undefined> {
  const settings = readSettings(document.body)
  const query = new URLSearchParams(location.search)
  // Before the library looks: it takes the server, the client and the patient from the address.
  history.replaceState(null, '', location.pathname)
  const check = checkLaunch(query, settings)
  if (check.outcome === 'refused') return check.problem
  endSession(sessionStorage)
  const answer = await fetch(`${settings.fhirBase}/.well-known/smart-configuration`, { credentials: 'omit' })
  const discovery = parseDiscovery(await answer.json())
  const state = newSecret()
  const nonce = newSecret()
  const built = await FHIR.oauth2.authorize({
    iss: settings.fhirBase,
    clientId: settings.clientId,
    scope: scopeFor(settings.scope, check.launch),
    redirectUri: settings.redirectUri,
    pkceMode: 'required',
    completeInTarget: true,
    noRedirect: true,
    stateKey: state,
    ...(check.launch === undefined ? {} : { launch: check.launch }),
  })
  const url = checkAuthorizationUrl(built, discovery, nonce)
  if (!url) return 'server-odd'
  const { issuer, revocation_endpoint: revocationEndpoint } = discovery
  keepPendingRequest(sessionStorage, {
    state,
    nonce,
    issuer,
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
  })
  location.replace(url)
  return undefined
}

launch()
  .catch((): Problem => 'server-odd')
  .then((problem) => {
    if (problem === undefined) return
    endSession(sessionStorage)
    byId('waiting').remove()
    byId('content').append(problemBox(problem, { heading: 'h1' }))
  })

import type { Language } from '@/lib/config/file'
import { sha256 } from '@/lib/crypto/digest'
import { messagesOf } from '@/lib/language/translate'
import type { LinkView } from '@/lib/linking/links'
import type { HeldRequest, OpenRequest } from '@/lib/smart/open-request'

/** Version of the words of the consent page in a language: kept with every grant. */
export function consentTextVersion(language: Language): string {
  return digestOf(messagesOf(language).consent).slice(0, 16)
}

/** The same of the page that asks only whether an app may know who signed in. */
export function signInTextVersion(language: Language): string {
  return digestOf(messagesOf(language).consentSignIn).slice(0, 16)
}

/** Digest of everything a consent page shows that a grant would rest on. */
export function digestShown(open: OpenRequest, link: LinkView, language: Language): string {
  return digestOf({
    ...shownOfRequest(open),
    chart: [open.ehr.id, link.id, link.patientId],
    text: [language, consentTextVersion(language)],
  })
}

/** Digest of everything the page shows that asks only who the person is. */
export function digestShownSignIn(held: HeldRequest, language: Language): string {
  return digestOf({ ...shownOfRequest(held), text: [language, signInTextVersion(language)] })
}

function shownOfRequest({ request, app, session }: HeldRequest): Readonly<Record<string, unknown>> {
  return {
    request: request.id,
    account: session.accountId,
    app: [app.id, app.name, app.developer, app.reviewed, app.grantDays],
    redirectUri: request.redirectUri,
    scopes: request.scopes,
  }
}

function digestOf(value: unknown): string {
  return Buffer.from(sha256(JSON.stringify(value))).toString('base64url')
}

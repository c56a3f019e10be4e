import { type BackendApp, findApp } from '@/lib/apps/apps'
import { record } from '@/lib/audit/record'
import { db, type Tx } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { json } from '@/lib/http/json'
import { pageLanguage, problemPage } from '@/lib/http/problem-page'
import { findKnownLogin } from '@/lib/identity/vouched-session'
import { findBackendCaller } from '@/lib/journeys/backend-caller'
import { translator } from '@/lib/language/translate'
import { listLinks } from '@/lib/linking/links'
import { takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { type LaunchOrder, launchOrderSchema } from '@/lib/smart/launch-order'
import {
  createLaunch,
  type IssuedLaunch,
  launchAddress,
  launchSeconds,
  type NewLaunch,
  takeTicket,
} from '@/lib/smart/launches'
import { spendPersonAssertion, type VouchedPerson, verifyPersonAssertion } from '@/lib/smart/person-assertion'
import { isStopped } from '@/lib/stops/stops'
import { now as clock } from '@/lib/time/clock'

/** What a backend client must have been given to launch apps. An extension scope starts with `__` (SMART 2.2, scopes). */
export const launchScope = '__launch.create'

/** Why no launch was made, as its portal is told. `not-linked` is one answer to "no such person" and "no such link". */
type LaunchRefusal = 'unknown-ehr' | 'unknown-app' | 'bad-assertion' | 'not-linked' | 'paused' | 'too-many'

const answers = {
  'unknown-ehr': [400, 'invalid_target', 'ehr is not one this portal may launch apps on.'],
  'unknown-app': [400, 'invalid_request', 'app is not known, or has no such launch URL.'],
  'bad-assertion': [400, 'invalid_grant', 'The assertion is not good for this order, or was used before.'],
  'not-linked': [409, 'not_linked', 'This person has no live link to this chart. Let them connect it first.'],
  paused: [503, 'temporarily_unavailable', 'Launches are paused at the moment.'],
  'too-many': [429, 'temporarily_unavailable', 'Too many launches. Try again later.'],
} as const satisfies Record<LaunchRefusal, readonly [number, string, string]>

/**
 * `POST /launch`: a portal launches an app for a person on one chart (SMART App Launch 2.2, EHR launch). Needs a Bearer
 * token of ours with the scope above. The person must already have a live link to that chart: a launch never opens what
 * the person could not. The answer holds the handle and the address to send the person's browser to.
 */
export async function launchEndpoint(request: Request): Promise<Response> {
  const caller = await findBackendCaller(request, launchScope)
  if (caller.outcome === 'refused') return caller.response
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const body = type === 'application/json' ? await request.json().catch(() => undefined) : undefined
  const order = launchOrderSchema.safeParse(body)
  if (!order.success) {
    const error_description = sayShape(order.error.issues[0]?.path)
    return json({ error: 'invalid_request', error_description }, 400)
  }
  const made = await makeLaunch(caller.app, order.data, clock())
  if (made.outcome === 'refused') return refuse(made.reason)
  const { handle: launch, address, iss } = made
  return json({ launch, iss, address, expires_in: launchSeconds }, 201)
}

/**
 * `GET /launch/{ticket}`: the browser of a person a portal vouched for, on its way to the app. Spent once; from here on
 * this browser, and no other that sees the handle, needs no sign-in for it. Whoever only looks, by HEAD or ahead of the
 * person, spends nothing (RFC 9110 §9.2.1).
 */
export async function departLaunch(request: Request, ticket: string): Promise<Response> {
  if (request.method !== 'GET') return new Response(null, { status: 405, headers: { allow: 'GET' } })
  if (request.headers.get('sec-purpose')?.includes('prefetch')) return new Response(null, { status: 503 })
  const taken = /^[\w-]{43}$/.test(ticket) ? await takeTicket(ticket, clock()) : undefined
  const ehr = taken && findEhr(taken.launch.ehrId)
  if (!taken || !ehr) {
    const language = pageLanguage(request)
    const t = translator(language)
    return problemPage(language, 400, { title: t('launch.spentTitle'), text: t('launch.spent') })
  }
  const location = launchAddress(taken.launch.launchUrl, ehr.appBase, taken.handle)
  return new Response(null, {
    status: 303,
    headers: {
      location,
      'set-cookie': taken.setCookie,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    },
  })
}

type Made =
  | ({ readonly outcome: 'made'; readonly iss: string } & IssuedLaunch)
  | { readonly outcome: 'refused'; readonly reason: LaunchRefusal }

async function makeLaunch(portal: BackendApp, order: LaunchOrder, now: Date): Promise<Made> {
  const rate = await takeHitFreely('launchesPerPortal', portal.id, now)
  if (!rate.allowed) return { outcome: 'refused', reason: 'too-many' }
  const checked = await checkOrder(portal, order, now)
  const made: Made =
    typeof checked === 'string'
      ? { outcome: 'refused', reason: checked }
      : await db().$transaction((tx) => write(tx, checked, now))
  if (made.outcome === 'refused')
    await record(db(), 'launch.refused', {
      actor: { kind: 'backend', id: portal.id },
      outcome: 'refused',
      about: { ehrId: order.ehr, patientId: order.patient, appId: order.app },
      detail: { reason: made.reason },
    })
  return made
}

type CheckedOrder = {
  readonly launch: NewLaunch
  readonly vouched?: VouchedPerson
}

async function checkOrder(
  portal: BackendApp,
  order: LaunchOrder,
  now: Date,
): Promise<CheckedOrder | LaunchRefusal> {
  const ehr = portal.launchEhrs.includes(order.ehr) ? findEhr(order.ehr) : undefined
  if (!ehr) return 'unknown-ehr'
  const app = await findApp(db(), order.app)
  if (app?.kind !== 'app' || !app.scopes.includes('launch')) return 'unknown-app'
  const launchUrl = app.launchUrls.find((url) => order.launchUrl === undefined || url === order.launchUrl)
  if (launchUrl === undefined) return 'unknown-app'
  if (await isStopped(db(), [['token-issue'], ['app', app.id], ['ehr', ehr.id]])) return 'paused'
  const vouched =
    order.assertion === undefined
      ? undefined
      : await verifyPersonAssertion(order.assertion, portal, { ...order, now })
  const person = order.person ?? vouched
  if (!person) return 'bad-assertion'
  const found = await findChart(person, order)
  if (!found) return 'not-linked'
  const launch = { portal, app, ehr, launchUrl, patientId: order.patient, context: order.context, ...found }
  return vouched ? { launch: { ...launch, vouched }, vouched } : { launch }
}

/** A person known here, and their live link to this very chart. */
async function findChart(
  person: { readonly issuer: string; readonly subject: string },
  { ehr, patient }: LaunchOrder,
): Promise<Pick<NewLaunch, 'login' | 'linkId'> | undefined> {
  const login = await findKnownLogin(db(), person)
  const links = login ? await listLinks(login.accountId) : []
  const link = links.find((one) => one.status === 'active' && one.ehrId === ehr && one.patientId === patient)
  return login && link ? { login, linkId: link.id } : undefined
}

async function write(tx: Tx, { launch, vouched }: CheckedOrder, now: Date): Promise<Made> {
  if (vouched && !(await spendPersonAssertion(tx, launch.portal, vouched)))
    return { outcome: 'refused', reason: 'bad-assertion' }
  return { outcome: 'made', iss: launch.ehr.appBase, ...(await createLaunch(tx, launch, now)) }
}

function sayShape(path: readonly PropertyKey[] = []): string {
  const place = path.join('.').replace(/[^\w.]/g, '') || 'body'
  const hint = place in shapes ? shapes[place as keyof typeof shapes] : undefined
  return `${place} is not as expected${hint ? `: ${hint}` : ''}.`
}

const shapes = {
  body: 'JSON (application/json) with app, ehr, patient, person or assertion, and at most launchUrl and context',
  person: 'name the person once, by person (issuer, subject) or by assertion',
  context: 'it may hold need_patient_banner, intent, tenant, fhirContext and style',
} as const

function refuse(reason: LaunchRefusal): Response {
  const [status, error, description] = answers[reason]
  const headers: Record<string, string> = status === 503 || status === 429 ? { 'retry-after': '30' } : {}
  return json({ error, error_description: description }, status, headers)
}

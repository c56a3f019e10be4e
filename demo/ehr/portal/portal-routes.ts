import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { generateCookie, getCookie } from 'hono/cookie'
import { type Person, people } from '../../people'
import { sayFault } from '../say-fault'
import { makeBrokerClient, type PortalChart } from './broker-client'
import { beginPatientSignIn, completePatientSignIn, type Departure } from './patient-sign-in'
import { codePage, leavePage, type PortalNotice, portalHomePage, welcomePage } from './portal-pages'
import type { PortalSettings } from './portal-settings'

const cookieName = 'harbor_ehr_portal'
const visitMilliseconds = 30 * 60_000

/** A browser's visit: on its way to the provider, or with somebody signed in. */
type Visit = {
  readonly until: number
  readonly departure?: Departure
  readonly person?: Person
  readonly authTime?: number | undefined
}

/**
 * The patient portal of the demo EHR: a stranger to the broker that signs its patients in at the same provider, orders
 * codes and launches apps as a backend client, and is gone back to at an address it registered. Works without script.
 */
export function portalRoutes(settings: PortalSettings): Hono {
  const broker = makeBrokerClient(settings)
  const visits = new Map<string, Visit>()
  const formKey = randomBytes(32)
  const routes = new Hono()
  const limit = bodyLimit({ maxSize: 64 * 1024 })
  const secure = settings.publicUrl.startsWith('https:')

  const formTokenFor = (cookie: string): string =>
    createHmac('sha256', formKey).update(cookie).digest('base64url')

  function keep(response: Response, visit: Omit<Visit, 'until'>): Response {
    for (const [name, { until }] of visits) if (until < Date.now()) visits.delete(name)
    const cookie = randomBytes(32).toString('base64url')
    visits.set(digest(cookie), { ...visit, until: Date.now() + visitMilliseconds })
    const attributes = { httpOnly: true, sameSite: 'Lax', path: '/portal', secure } as const
    response.headers.append('set-cookie', generateCookie(cookieName, cookie, attributes))
    return response
  }

  function find(context: Context): { readonly cookie: string; readonly visit: Visit } | undefined {
    const cookie = getCookie(context, cookieName) ?? ''
    const visit = visits.get(digest(cookie))
    return visit && visit.until > Date.now() ? { cookie, visit } : undefined
  }

  /** A form of the signed-in patient, about one of their own charts. */
  async function readOwnForm(context: Context) {
    const form = new URLSearchParams(await context.req.text())
    const found = find(context)
    const person = found?.visit.person
    if (!found || !person || !isSame(form.get('form_token') ?? '', formTokenFor(found.cookie)))
      return undefined
    const chart = chartsOf(person).find((one) => one.patientId === form.get('patient'))
    return { person, chart, cookie: found.cookie, visit: found.visit }
  }

  routes.get('/', (context) => {
    const found = find(context)
    const notice = parseNotice(context.req.query('notice'))
    if (!found?.visit.person) return welcomePage(notice)
    const { person } = found.visit
    return portalHomePage({
      name: person.name,
      charts: chartsOf(person),
      formToken: formTokenFor(found.cookie),
      notice,
      settings,
    })
  })
  routes.get('/sign-in', async (context) => {
    const { departure, address } = await beginPatientSignIn(settings)
    return keep(context.redirect(address, 303), { departure })
  })
  routes.get('/callback', async (context) => {
    const found = find(context)
    const departure = found?.visit.departure
    if (!found || !departure) return context.redirect('/portal?notice=sign-in-failed', 303)
    visits.delete(digest(found.cookie))
    const query = new URL(context.req.url).searchParams
    const arrival = await completePatientSignIn(settings, departure, query).catch(without('a sign-in'))
    const person = arrival && people.find((one) => one.idpSubject === arrival.subject)
    if (!person) return context.redirect('/portal?notice=sign-in-failed', 303)
    return keep(context.redirect('/portal', 303), { person, authTime: arrival.authTime })
  })
  routes.post('/connect', limit, async (context) => {
    const own = await readOwnForm(context)
    if (!own?.chart) return context.redirect('/portal', 303)
    const ordered = await broker.orderCode(own.chart).catch(without('ordering a code'))
    if (!ordered) return context.redirect('/portal?notice=no-code', 303)
    const { person, chart, cookie } = own
    return codePage(settings, {
      name: person.name,
      chart,
      code: ordered.code,
      formToken: formTokenFor(cookie),
    })
  })
  routes.post('/open', limit, async (context) => {
    const own = await readOwnForm(context)
    if (!own?.chart) return context.redirect('/portal', 303)
    const patient = { subject: own.person.idpSubject, authTime: own.visit.authTime }
    const launched = await broker.launch(patient, own.chart).catch(without('a launch'))
    const answer = launched ?? { outcome: 'unavailable' as const }
    return answer.outcome === 'launched'
      ? leavePage(answer.address)
      : context.redirect(`/portal?notice=${answer.outcome}`, 303)
  })
  routes.post('/sign-out', limit, async (context) => {
    const own = await readOwnForm(context)
    if (own) visits.delete(digest(own.cookie))
    return context.redirect('/portal', 303)
  })
  return routes
}

/** A person's own chart, and the one they look after. */
function chartsOf({ name, patientId, relatedPatientId, relatedPersonId }: Person): readonly PortalChart[] {
  const other = people.find((one) => one.patientId === relatedPatientId)
  return [
    { patientId, name },
    ...(other && relatedPersonId ? [{ patientId: other.patientId, name: other.name, relatedPersonId }] : []),
  ]
}

function parseNotice(text: string | undefined): PortalNotice | undefined {
  return (['not-linked', 'unavailable', 'no-code', 'sign-in-failed'] as const).find((one) => one === text)
}

/** Goes on without what somebody else did not give; the page then says that it is not there. */
function without(what: string): (fault: unknown) => undefined {
  return (fault) => {
    sayFault(what, fault)
    return undefined
  }
}

function digest(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64url')
}

function isSame(given: string, own: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(own)]
  return a.length === b.length && timingSafeEqual(a, b)
}

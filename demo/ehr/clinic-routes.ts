import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { generateCookie, getCookie } from 'hono/cookie'
import { type Clinician, clinicians } from '../people'
import { type ClinicNotice, choosePage, clinicPage, outdatedPage } from './clinic-page'
import type { Store } from './store'
import { listWorklist, type WorklistView } from './worklist'

const cookieName = 'harbor_ehr_clinic'

/** A visit: a random part and the chosen clinician, signed together with every form it shows. */
type Visit = { readonly cookie: string; readonly clinician: Clinician | undefined }

/** The clinician's page. Works without script: forms, a form token, and 303 after every post. */
export function clinicRoutes(store: Store, options: { readonly secureCookies: boolean }): Hono {
  const secret = randomBytes(32)
  const formTokenFor = (cookie: string): string =>
    createHmac('sha256', secret).update(`form:${cookie}`).digest('base64url')
  const routes = new Hono()
  const limit = bodyLimit({ maxSize: 64 * 1024 })

  function newVisit(clinicianId: string): string {
    return `${randomBytes(16).toString('hex')}.${clinicianId}`
  }

  function withVisit(response: Response, cookie: string): Response {
    const { secureCookies: secure } = options
    const attributes = { httpOnly: true, sameSite: 'Strict', path: '/clinic', secure } as const
    response.headers.append('set-cookie', generateCookie(cookieName, cookie, attributes))
    return response
  }

  /** The form of a post, when it was shown to this very visit. */
  async function readOwnForm(context: Context): Promise<{ form: URLSearchParams; visit: Visit } | undefined> {
    const form = new URLSearchParams(await context.req.text())
    const visit = findVisit(context)
    const given = Buffer.from(form.get('form_token') ?? '')
    const own = Buffer.from(formTokenFor(visit?.cookie ?? ''))
    const isOwn = visit !== undefined && given.length === own.length && timingSafeEqual(given, own)
    return isOwn ? { form, visit } : undefined
  }

  routes.get('/', (context) => {
    const visit = findVisit(context)
    if (!visit?.clinician) {
      const cookie = visit?.cookie ?? newVisit('')
      return withVisit(choosePage(formTokenFor(cookie)), cookie)
    }
    const view = parseView(context.req.query('show'))
    return clinicPage({
      view,
      clinician: visit.clinician,
      formToken: formTokenFor(visit.cookie),
      patients: listWorklist(view, store),
      notice: parseNotice(context.req.query('done')),
    })
  })
  routes.post('/clinician', limit, async (context) => {
    const own = await readOwnForm(context)
    if (!own) return outdatedPage()
    const chosen = clinicians.find((one) => one.id === own.form.get('clinician'))
    return withVisit(context.redirect('/clinic', 303), newVisit(chosen?.id ?? ''))
  })
  routes.post('/decision', limit, async (context) => {
    const own = await readOwnForm(context)
    if (!own?.visit.clinician) return outdatedPage()
    const { form, visit } = own
    const notice = decide(form, visit.clinician?.id ?? '', store)
    return context.redirect(`/clinic?show=${parseView(form.get('show') ?? '')}&done=${notice}`, 303)
  })
  return routes
}

function decide(form: URLSearchParams, practitionerId: string, store: Store): ClinicNotice {
  const act = form.get('act') === 'hold' ? 'hold' : 'release'
  const results = form.getAll('result')
  if (results.length === 0) return 'nothing-ticked'
  const outcome = store.decide(act, results, practitionerId)
  if (outcome.outcome === 'refused') return outcome.reason === 'not-final' ? 'not-final' : 'nothing-ticked'
  return act === 'hold' ? 'held' : 'released'
}

function findVisit(context: Context): Visit | undefined {
  const cookie = getCookie(context, cookieName)
  const found = /^[0-9a-f]{32}\.([A-Za-z0-9]*)$/.exec(cookie ?? '')
  if (!cookie || !found) return undefined
  return { cookie, clinician: clinicians.find((one) => one.id === found[1]) }
}

function parseView(text: string | undefined): WorklistView {
  return text === 'held' || text === 'released' ? text : 'waiting'
}

function parseNotice(text: string | undefined): ClinicNotice | undefined {
  return (['released', 'held', 'nothing-ticked', 'not-final'] as const).find((one) => one === text)
}

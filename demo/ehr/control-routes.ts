import { timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { AccessLog } from './access-log'
import type { Availability } from './availability'
import { listUnreleasedResults } from './release'
import { referenceTo } from './seed/resources'
import type { Store } from './store'

const schemas = {
  decision: z.object({ results: z.array(z.string()).min(1), practitionerId: z.string() }),
  patient: z.object({
    id: z.string(),
    active: z.boolean().optional(),
    /** A date of death, true for "deceased, date unknown", false for alive. */
    deceased: z.union([z.iso.date(), z.boolean()]).optional(),
    birthDate: z.iso.date().optional(),
  }),
  /** `by` tells how the end is written: `active` false, the end of `period`, or both. */
  relatedPerson: z.object({
    /** The last day, while it has not ended. */
    until: z.iso.date().optional(),
    id: z.string(),
    ended: z.boolean(),
    by: z.enum(['active', 'period', 'both']).default('both'),
  }),
  unavailable: z.object({ mode: z.enum(['503', 'timeout', 'late']), seconds: z.number().min(0).max(600) }),
}

type ControlParts = {
  readonly store: Store
  readonly log: AccessLog
  readonly availability: Availability
  readonly token: string
}

/** Levers for tests: mounted only when a control token is configured, and only for who knows it. */
export function controlRoutes({ store, log, availability, token }: ControlParts): Hono {
  const routes = new Hono()
  routes.use('/*', bodyLimit({ maxSize: 64 * 1024 }), async (context, next) => {
    if (!isSame(context.req.header('authorization') ?? '', `Bearer ${token}`))
      return context.json({ error: 'unauthorized' }, 401)
    return next()
  })

  for (const act of ['release', 'hold'] as const)
    routes.post(`/${act}`, (context) =>
      withBody(context, schemas.decision, ({ results, practitionerId }) => {
        const outcome = store.decide(act, results, practitionerId)
        return outcome.outcome === 'done' ? undefined : outcome.reason
      }),
    )
  routes.post('/patient', (context) =>
    withBody(context, schemas.patient, ({ id, active, deceased, birthDate }) => {
      const patient = store.find(`Patient/${id}`)
      if (patient?.resourceType !== 'Patient') return 'unknown-patient'
      const { deceasedBoolean: _flag, deceasedDateTime: _date, ...alive } = patient
      const base = deceased === undefined ? patient : alive
      store.change({
        ...base,
        ...(active === undefined ? {} : { active }),
        ...(birthDate === undefined ? {} : { birthDate }),
        ...(deceased === true ? { deceasedBoolean: true } : {}),
        ...(typeof deceased === 'string' ? { deceasedDateTime: deceased } : {}),
      })
      return undefined
    }),
  )
  routes.post('/related-person', (context) =>
    withBody(context, schemas.relatedPerson, ({ id, ended, by, until }) => {
      const related = store.find(`RelatedPerson/${id}`)
      if (related?.resourceType !== 'RelatedPerson') return 'unknown-related-person'
      const start = related.period?.start
      const period = {
        ...(start ? { start } : {}),
        ...(until ? { end: until } : {}),
        ...(ended && by !== 'active' ? { end: new Date().toISOString() } : {}),
      }
      store.change({ ...related, active: !ended || by === 'period', period })
      return undefined
    }),
  )
  routes.post('/unavailable', (context) =>
    withBody(context, schemas.unavailable, ({ mode, seconds }) => {
      availability.fail(mode, seconds)
      return undefined
    }),
  )
  routes.post('/reset', (context) => {
    store.reset()
    log.clear()
    availability.restore()
    return context.json({ outcome: 'done' })
  })
  routes.get('/access-log', (context) => context.json(log.latest()))
  routes.get('/unreleased', (context) => {
    const subject = `Patient/${context.req.query('patient') ?? ''}`
    const found = listUnreleasedResults(store.list()).filter((one) => one.subject?.reference === subject)
    return context.json(found.map(referenceTo))
  })
  return routes
}

/** Parses the body and runs the lever, which gives a reason when it refuses. */
async function withBody<T>(
  context: Context,
  schema: z.ZodType<T>,
  lever: (body: T) => string | undefined,
): Promise<Response> {
  const parsed = schema.safeParse(await context.req.json().catch(() => undefined))
  if (!parsed.success) return context.json({ error: z.prettifyError(parsed.error) }, 400)
  const refused = lever(parsed.data)
  return refused === undefined ? context.json({ outcome: 'done' }) : context.json({ error: refused }, 409)
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

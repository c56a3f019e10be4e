import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type AccessEntry, type AccessLog, requestIdOf } from './access-log'
import { type AuthenticationParts, authenticate } from './authenticate'
import type { Caller } from './caller'
import { capabilityStatement, relaySmartConfiguration, smartConfiguration } from './capability'
import { isRefusal, notFound, type Refusal, refusalResponse, refuse } from './fhir-errors'
import { type Answer, readHistory, readResource } from './fhir-read'
import { nextPage, searchType } from './fhir-search'
import { makeReleasedView } from './released-view'
import { makePageKeeper } from './result-pages'
import { parseSearch } from './search'
import { isResourceType } from './seed/resources'

type FhirParts = AuthenticationParts & { readonly log: AccessLog }

type Interaction = {
  readonly interaction: string
  readonly type?: string
  answer(caller: Caller): Promise<Answer | Refusal> | Answer | Refusal
}

/** The FHIR base: public metadata, and reads and searches behind the one trusted gateway. */
export function fhirRoutes(parts: FhirParts): Hono {
  const { store, settings, backend } = parts
  const { fhirBase } = settings
  const pages = makePageKeeper()
  const released = makeReleasedView(store)
  const storeFor = (caller: Caller) => (caller.door === 'app-token' ? released() : store)
  const isOpen = settings.enforcement === 'self'
  const routes = new Hono()
  const limit = bodyLimit({ maxSize: 64 * 1024 })
  const withLog = (context: Context, interaction: Interaction) => answerAndLog(context, interaction, parts)

  routes.get('/metadata', () => publicJson(capabilityStatement(settings), 'application/fhir+json'))
  routes.get('/.well-known/smart-configuration', () =>
    isOpen
      ? relaySmartConfiguration(settings)
      : publicJson(smartConfiguration(backend.tokenEndpoint), 'application/json'),
  )
  // Apps in browsers call this server themselves when nothing stands in front of it.
  if (isOpen)
    routes.use('/*', async (context, next) => {
      await next()
      context.res.headers.set('access-control-allow-origin', '*')
      context.res.headers.set('access-control-expose-headers', 'www-authenticate, etag')
    })
  routes.options('/*', (context) =>
    isOpen || ['/fhir/metadata', '/fhir/.well-known/smart-configuration'].includes(context.req.path)
      ? new Response(null, {
          status: 204,
          headers: {
            ...openToAll,
            'access-control-allow-methods': isOpen ? 'GET, POST' : 'GET',
            'access-control-allow-headers': isOpen ? 'accept, authorization, content-type' : 'accept',
          },
        })
      : refusalResponse(notFound),
  )

  routes.get('/', (context) =>
    withLog(context, {
      interaction: 'search-page',
      answer: (caller) => nextPage(queryOf(context), caller, { store: storeFor(caller), fhirBase, pages }),
    }),
  )
  routes.get('/:type', (context) => withLog(context, search(context, queryOf(context))))
  routes.post('/:type/_search', limit, async (context) => {
    const query = queryOf(context)
    const body = await context.req.text()
    if (!/^application\/x-www-form-urlencoded(;|$)/i.test(context.req.header('content-type') ?? ''))
      return withLog(context, { interaction: 'search', answer: () => notAForm })
    for (const [name, value] of new URLSearchParams(body)) query.append(name, value)
    return withLog(context, search(context, query))
  })
  routes.get('/:type/:id', (context) => withLog(context, read(context)))
  routes.get('/:type/:id/_history', (context) => withLog(context, history(context)))
  routes.get('/:type/:id/_history/:version', (context) => withLog(context, read(context)))
  routes.all('/*', (context) =>
    withLog(context, {
      interaction: 'other',
      answer: () => refuse(405, 'not-supported', 'read-only', 'This server reads and searches only.'),
    }),
  )
  return routes

  function search(context: Context, query: URLSearchParams): Interaction {
    const type = context.req.param('type') ?? ''
    return {
      interaction: 'search',
      type: isResourceType(type) ? type : 'unknown',
      answer(caller) {
        if (!isResourceType(type)) return unknownType
        const strict = /(^|[,;\s])handling=strict/.test(context.req.header('prefer') ?? '')
        const parsed = parseSearch(type, query, strict)
        return isRefusal(parsed)
          ? parsed
          : searchType(parsed, caller, { store: storeFor(caller), fhirBase, pages })
      },
    }
  }

  function read(context: Context): Interaction {
    const { type, id, version } = instanceOf(context)
    return {
      interaction: version === undefined ? 'read' : 'vread',
      type: isResourceType(type) ? type : 'unknown',
      answer: (caller) =>
        isResourceType(type)
          ? readResource(
              { type, id, headers: context.req.raw.headers, ...(version === undefined ? {} : { version }) },
              caller,
              { store: storeFor(caller), fhirBase },
            )
          : unknownType,
    }
  }

  function history(context: Context): Interaction {
    const { type, id } = instanceOf(context)
    return {
      interaction: 'history',
      type: isResourceType(type) ? type : 'unknown',
      answer: (caller) =>
        isResourceType(type)
          ? readHistory({ type, id, headers: context.req.raw.headers }, caller, {
              store: storeFor(caller),
              fhirBase,
            })
          : unknownType,
    }
  }
}

const notAForm = refuse(400, 'invalid', 'not-a-form', 'A search by POST is a form.')
const unknownType = refuse(404, 'not-supported', 'unknown-type', 'This server does not hold that type.')

async function answerAndLog(context: Context, what: Interaction, parts: FhirParts): Promise<Response> {
  const requestId = requestIdOf(context.req.header('x-request-id'))
  const caller = await authenticate(context.req.raw.headers, parts)
  const result = isRefusal(caller) ? caller : await what.answer(caller)
  const response = isRefusal(result) ? refusalResponse(result) : result.response
  parts.log.record({
    time: new Date().toISOString(),
    requestId,
    ...(isRefusal(caller) ? {} : whoIs(caller)),
    interaction: what.interaction,
    type: what.type,
    status: response.status,
    outcome: isRefusal(result) ? result.because : 'ok',
    ...(isRefusal(result) ? {} : { rows: result.rows, withheld: result.withheld }),
  })
  response.headers.set('cache-control', 'no-store')
  response.headers.set('x-request-id', requestId)
  return response
}

function whoIs(caller: Caller): Partial<AccessEntry> {
  return {
    door: caller.door,
    sub: caller.sub,
    fhirUser: caller.fhirUser,
    patient: caller.patientId,
    app: caller.app,
    purpose: caller.purpose,
    linkLevel: caller.linkLevel,
    linkMethod: caller.linkMethod,
  }
}

function queryOf(context: Context): URLSearchParams {
  return new URL(context.req.url).searchParams
}

function instanceOf(context: Context): { type: string; id: string; version: string | undefined } {
  return {
    type: context.req.param('type') ?? '',
    id: context.req.param('id') ?? '',
    version: context.req.param('version'),
  }
}

const openToAll = { 'access-control-allow-origin': '*' }

function publicJson(body: object, contentType: string): Response {
  return new Response(JSON.stringify(body), {
    headers: { ...openToAll, 'content-type': contentType, 'cache-control': 'public, max-age=300' },
  })
}

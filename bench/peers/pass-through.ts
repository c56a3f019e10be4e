import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Agent, request } from 'undici'
import { announce } from './announce'

/** The least a gateway could do: a search is posted on to the EHR, its bytes come back as they are. No policy. */
const dispatcher = new Agent({ connections: 64, keepAliveTimeout: 10_000 })
let upstream = { url: '', form: '', token: '' }
process.on('message', (message: typeof upstream) => {
  upstream = message
})

const app = new Hono()
app.get('/fhir/:ehr/:type', async () => {
  const answer = await request(upstream.url, {
    dispatcher,
    method: 'POST',
    body: upstream.form,
    headers: {
      authorization: `Bearer ${upstream.token}`,
      accept: 'application/fhir+json',
      'content-type': 'application/x-www-form-urlencoded',
    },
  })
  return new Response(await answer.body.arrayBuffer(), {
    status: answer.statusCode,
    headers: { 'content-type': 'application/fhir+json' },
  })
})
announce(serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: 'localhost' }))

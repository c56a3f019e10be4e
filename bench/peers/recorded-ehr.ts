import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { startEhr } from '@/demo/ehr/server'
import { freePort } from '@/test/postgres-server'
import { announce } from './announce'

/**
 * The demo EHR, each different question asked once and its bytes played back from then on, tokens unlooked at: so that
 * what the broker costs is measured and not what the demo EHR costs. New questions are told to the run.
 */
const port = Number(process.env['EHR_PORT'])
const behind = await freePort()
await startEhr({
  port: behind,
  host: 'localhost',
  publicUrl: `http://localhost:${port}`,
  issuer: process.env['EHR_ISSUER'],
  writeLog: () => undefined,
})

type Kept = { readonly status: number; readonly type: string; readonly bytes: ArrayBuffer }
const kept = new Map<string, Promise<Kept>>()

const app = new Hono()
app.all('*', async (c) => {
  const { pathname, search } = new URL(c.req.url)
  const form = c.req.method === 'POST' ? await c.req.text() : undefined
  const key = `${c.req.method} ${pathname}${search} ${form ?? ''}`
  const before = kept.get(key)
  const asking = before ?? ask(`${pathname}${search}`, c.req.raw.headers, form)
  if (!before) {
    kept.set(key, asking)
    process.send?.({ asked: { path: `${pathname}${search}`, form } })
  }
  const { status, type, bytes } = await asking
  return new Response(bytes, { status, headers: { 'content-type': type } })
})
announce(serve({ fetch: app.fetch, port, hostname: 'localhost' }))

async function ask(path: string, headers: Headers, form: string | undefined): Promise<Kept> {
  const answer = await fetch(`http://localhost:${behind}${path}`, {
    headers: {
      authorization: headers.get('authorization') ?? '',
      accept: 'application/fhir+json',
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(form === undefined ? {} : { method: 'POST', body: form }),
  })
  if (!answer.ok) throw new Error(`the EHR answered ${answer.status}`)
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    bytes: await answer.arrayBuffer(),
  }
}

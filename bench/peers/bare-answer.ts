import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { announce } from './announce'

/** Hono answering fixed bytes: what an HTTP answer costs when nothing is behind it. */
const bytes = Buffer.from(process.env['BENCH_BYTES'] ?? '', 'base64')
const headers = JSON.parse(process.env['BENCH_HEADERS'] ?? '{}') as Record<string, string>

const app = new Hono()
app.get(process.env['BENCH_PATH'] ?? '/', () => new Response(bytes, { headers }))
announce(serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: 'localhost' }))

import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { chooseEncoding } from '@/server/encoding'

/** Serves a built script or stylesheet compressed; false when it is not one of them and Next should answer. */
export type StaticFiles = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

const types: Readonly<Record<string, string>> = {
  '.js': 'application/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/**
 * Scripts and stylesheets of the build: brotli as the build left it beside the file (`.br`), anything else compressed
 * once and kept. Pages are another matter (compressed-page). Only files found at start are served, by their exact name.
 */
export function createStaticFiles(buildFolder: string): StaticFiles {
  const root = path.join(buildFolder, 'static')
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const smallest = new Set(
    names.filter((name) => path.extname(name) === '.br').map((name) => path.join(root, name)),
  )
  const files = new Map(
    names
      .filter((name) => path.extname(name) in types)
      .map((name) => [`/_next/static/${name.split(path.sep).join('/')}`, path.join(root, name)]),
  )
  const kept = new Map<string, Promise<Buffer>>()
  const read = (file: string, encoding: 'br' | 'gzip'): Promise<Buffer> =>
    encoding === 'br' && smallest.has(`${file}.br`) ? readFile(`${file}.br`) : compress(file, encoding)

  return async (request, response) => {
    const file = files.get((request.url ?? '').split('?', 1)[0] ?? '')
    const encoding = chooseEncoding(request.headers['accept-encoding'])
    if (!file || !encoding || request.method !== 'GET') return false
    const key = `${encoding} ${file}`
    const body = kept.get(key) ?? read(file, encoding)
    kept.set(key, body)
    body.catch(() => kept.delete(key))
    const bytes = await body
    response.writeHead(200, {
      'content-type': types[path.extname(file)],
      'content-encoding': encoding,
      'content-length': bytes.length,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    })
    response.end(bytes)
    return true
  }
}

async function compress(file: string, encoding: 'br' | 'gzip'): Promise<Buffer> {
  const bytes = await readFile(file)
  return encoding === 'gzip'
    ? promisify(gzip)(bytes)
    : promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
}

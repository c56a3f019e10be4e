import type { WorldName, Worlds } from '@/test/two-worlds'

/** One request to the gateway. */
export type Asked = { readonly path: string; readonly init?: RequestInit }

/** An answer as one text, with what may differ between two worlds left out, and where the next page is. */
export type Answer = { readonly text: string; readonly next: string | undefined }

/** Asks one world. Date, request id and the page links' cursors are left out; the worlds go by one name. */
export async function answerOf(
  worlds: Worlds,
  as: { readonly world: WorldName; readonly token: string },
  asked: Asked,
): Promise<Answer> {
  const response = await worlds.ask(as.world, asked.path, as.token, asked.init ?? {})
  const body = await response.text()
  const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
  const next = /"relation":"next","url":"([^"]+)"/.exec(body)?.[1]
  const text = [response.status, JSON.stringify(headers), body]
    .join('\n')
    .replaceAll('/fhir/two', '/fhir/one')
    .replace(/_cursor=[\w-]+/g, '_cursor=…')
  return { text, next }
}

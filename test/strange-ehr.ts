import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

/** What a strange EHR is asked: type, parameters, or the path of a read or page link. */
export type StrangeQuestion = {
  readonly path: string
  readonly type: string
  readonly parameters: URLSearchParams
}

/** What it says: JSON of any shape, or anything at all. */
export type StrangeAnswer = {
  readonly status?: number
  readonly body: unknown
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An EHR that believes every token and says what a test makes it say. */
export type StrangeEhr = {
  readonly fhirBase: string
  readonly asked: StrangeQuestion[]
  answerWith(answer: (question: StrangeQuestion) => StrangeAnswer): void
  close(): Promise<void>
}

/** Starts it on a free loopback port. */
export async function startStrangeEhr(): Promise<StrangeEhr> {
  let answer: (question: StrangeQuestion) => StrangeAnswer = () => ({ body: searchset([]) })
  const asked: StrangeQuestion[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://ehr')
    const form = await readBody(request)
    const path = url.pathname.replace('/fhir/', '')
    const question = {
      path,
      type: path.split('/')[0] ?? '',
      parameters: new URLSearchParams(form || url.search),
    }
    asked.push(question)
    const { status = 200, body, contentType = 'application/fhir+json', headers = {} } = answer(question)
    response.writeHead(status, { 'content-type': contentType, ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    fhirBase: `http://127.0.0.1:${port}/fhir`,
    asked,
    answerWith: (given) => {
      answer = given
      asked.length = 0
    },
    close: async () => {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A searchset of matches and of what came beside them. */
export function searchset(
  matches: readonly object[],
  included: readonly object[] = [],
  next?: string,
): object {
  const entry = (mode: string) => (resource: object) => ({
    fullUrl: 'urn:uuid:strange',
    resource,
    search: { mode, score: 1 },
  })
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    link: next ? [{ relation: 'next', url: next }] : [],
    entry: [...matches.map(entry('match')), ...included.map(entry('include'))],
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** A verifier's attestation of everything in `keys`: what this clinic calls a release. */
export function released(...keys: readonly string[]) {
  return {
    resourceType: 'Provenance',
    id: 'prov1',
    target: keys.map((reference) => ({ reference })),
    recorded: '2026-06-02T10:00:00Z',
    activity: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion', code: 'LA' }],
    },
    agent: [
      {
        type: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'verifier' },
          ],
        },
        who: { reference: 'Practitioner/a' },
      },
    ],
  }
}

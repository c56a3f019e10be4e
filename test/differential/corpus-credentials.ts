import { basic, type Changes, exchange, pairsOf, post, push } from '@/test/differential/ask'
import type { Case } from '@/test/differential/corpus-authorize'
import { clients, type Side } from '@/test/differential/side'
import type { RawAnswer } from '@/test/hostile/send'

const encoded = (text: string): string =>
  text.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)

/** How the app with a secret may try to prove itself: headers, and what stands in the body. */
const credentials: Readonly<
  Record<string, (side: Side) => { readonly authorization?: string; readonly body?: Changes }>
> = {
  'as it should be': ({ secret }) => ({ authorization: basic(clients.secret.id, secret) }),
  'scheme in lower case': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret).replace('Basic', 'basic'),
  }),
  'form-encoded before base64': ({ secret }) => ({
    authorization: basic(encoded(clients.secret.id), encoded(secret)),
  }),
  'client_id in the body too': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret),
    body: { client_id: clients.secret.id },
  }),
  'another client_id in the body': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret),
    body: { client_id: clients.app.id },
  }),
  'the secret in the body instead': ({ secret }) => ({
    body: { client_id: clients.secret.id, client_secret: secret },
  }),
  'the secret in both': ({ secret }) => ({
    authorization: basic(clients.secret.id, secret),
    body: { client_secret: secret },
  }),
  'a secret one letter short': ({ secret }) => ({ authorization: basic(clients.secret.id, secret.slice(1)) }),
  'a secret one letter longer': ({ secret }) => ({ authorization: basic(clients.secret.id, `${secret}x`) }),
  'an empty secret': () => ({ authorization: basic(clients.secret.id, '') }),
  'no proof at all': () => ({ body: { client_id: clients.secret.id } }),
  'an assertion signed with the secret': () => ({
    body: {
      client_id: clients.secret.id,
      client_assertion: 'eyJhbGciOiJIUzI1NiJ9.e30.x',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    },
  }),
}

/** The app with a secret proves itself, or does not, at every endpoint where clients do. */
export const credentialCases: readonly Case[] = Object.entries(credentials).flatMap(
  ([name, make]): Case[] => {
    const headersOf = (side: Side): Readonly<Record<string, string>> => {
      const { authorization } = make(side)
      return authorization === undefined ? {} : { authorization }
    }
    const send = (side: Side, endpoint: 'introspect' | 'revoke', token: string): Promise<RawAnswer> =>
      post(side, endpoint, [['token', token], ...pairsOf(make(side).body ?? {})], headersOf(side))
    return [
      {
        name: `secret: ${name}, for a code`,
        send: async (side) =>
          exchange(
            side,
            await side.giveCode({ client: 'secret' }),
            { client_id: undefined, ...make(side).body },
            { headers: headersOf(side) },
          ),
      },
      { name: `secret: ${name}, revoking`, send: (side) => send(side, 'revoke', 'never-given') },
      { name: `secret: ${name}, introspecting`, send: (side) => send(side, 'introspect', 'never-given') },
      {
        name: `secret: ${name}, pushing`,
        send: (side) =>
          push(
            side,
            { client_id: clients.secret.id, redirect_uri: clients.secret.redirectUri, ...make(side).body },
            [],
            headersOf(side),
          ),
      },
    ]
  },
)

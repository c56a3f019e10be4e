import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { z } from 'zod'

const text = z.string().max(20_000)

const credentialSchema = z.object({
  id: text.regex(/^[A-Za-z0-9_-]+$/),
  rawId: text,
  type: z.literal('public-key'),
})

const registrationSchema = credentialSchema.extend({
  response: z.object({
    clientDataJSON: text,
    attestationObject: text,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(8)
      .default([]),
  }),
})

const authenticationSchema = credentialSchema.extend({
  response: z.object({ clientDataJSON: text, authenticatorData: text, signature: text }),
})

/** What an authenticator made, as the library wants it, and the transports it named. */
export type RegistrationAnswer = {
  readonly response: RegistrationResponseJSON
  readonly transports: readonly string[]
}

/** An authenticator's new credential as the browser posts it, or undefined when it is none. */
export function parseRegistration(given: unknown): RegistrationAnswer | undefined {
  const parsed = registrationSchema.safeParse(given)
  if (!parsed.success) return undefined
  const { transports, ...response } = parsed.data.response
  return { transports, response: { ...parsed.data, response, clientExtensionResults: {} } }
}

/** An authenticator's proof as the browser posts it, or undefined when it is none. */
export function parseAuthentication(given: unknown): AuthenticationResponseJSON | undefined {
  const parsed = authenticationSchema.safeParse(given)
  return parsed.success ? { ...parsed.data, clientExtensionResults: {} } : undefined
}

const clientDataSchema = z.object({ challenge: z.string().regex(/^[A-Za-z0-9_-]{20,200}$/) })

/** The challenge an answer says it was signed over. */
export function findChallenge(clientDataJSON: string): string | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'))
    return clientDataSchema.safeParse(data).data?.challenge
  } catch {
    return undefined
  }
}

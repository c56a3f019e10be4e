import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type VerifiedRegistrationResponse,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { config } from '@/lib/config/config'
import {
  findChallenge,
  type parseAuthentication,
  type RegistrationAnswer,
} from '@/lib/identity/passkey-answers'
import { type ChallengePurpose, consumeChallenge, issueChallenge } from '@/lib/identity/passkey-challenges'
import { log } from '@/lib/log/log'

/** Options for the browser, to make a passkey or to prove one. */
export type PasskeyCreation = PublicKeyCredentialCreationOptionsJSON
export type PasskeyRequest = PublicKeyCredentialRequestOptionsJSON

/** The session an authenticator is asked in: its challenge is good there and nowhere else. */
export type AskingSession = { readonly id: string }

/** A passkey as it is stored. */
export type StoredCredential = {
  readonly credentialId: Uint8Array
  readonly publicKey: Uint8Array
  readonly counter: bigint
}

/** A passkey an authenticator has just made. */
export type NewCredential = {
  readonly credentialId: Uint8Array<ArrayBuffer>
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly counter: number
  readonly transports: string[]
}

type AuthenticationAnswer = NonNullable<ReturnType<typeof parseAuthentication>>

/** Options for making a passkey: with the person's PIN, finger or face, and not on a device that has one already. */
export async function creationOptions(
  session: AskingSession,
  known: readonly StoredCredential[],
  options: { readonly userId?: Uint8Array<ArrayBuffer>; readonly now: Date },
): Promise<PasskeyCreation> {
  return generateRegistrationOptions({
    rpName: config().brand.name,
    rpID: new URL(config().issuer).hostname,
    userName: config().brand.shortName,
    ...(options.userId ? { userID: options.userId } : {}),
    challenge: Buffer.from(await issueChallenge(session, 'register', options.now), 'base64url'),
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId }) => ({ id: toText(credentialId) })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
  })
}

/** Options for proving one of these passkeys. */
export async function requestOptions(
  session: AskingSession,
  known: readonly StoredCredential[],
  now: Date,
): Promise<PasskeyRequest> {
  return generateAuthenticationOptions({
    rpID: new URL(config().issuer).hostname,
    challenge: Buffer.from(await issueChallenge(session, 'authenticate', now), 'base64url'),
    allowCredentials: known.map(({ credentialId }) => ({ id: toText(credentialId) })),
    userVerification: 'required',
  })
}

/** Spends the challenge an answer was signed over. Undefined: not this session's or purpose's, old, or used. */
export async function spendChallenge(
  clientDataJSON: string,
  session: AskingSession,
  use: { readonly purpose: ChallengePurpose; readonly now: Date },
): Promise<string | undefined> {
  const challenge = findChallenge(clientDataJSON)
  return challenge && (await consumeChallenge(challenge, session, use)) ? challenge : undefined
}

/** The passkey of an authenticator's answer, if it verifies (WebAuthn L3 §7.1): our origin and RP id, user verified. */
export async function verifyRegistration(
  answer: RegistrationAnswer,
  challenge: string,
): Promise<NewCredential | undefined> {
  const verified: VerifiedRegistrationResponse | undefined = await verifyRegistrationResponse({
    response: answer.response,
    ...expectations(challenge),
  }).catch(refusedAnswer)
  if (!verified?.verified) return undefined
  const { credential } = verified.registrationInfo
  return {
    credentialId: new Uint8Array(Buffer.from(credential.id, 'base64url')),
    publicKey: new Uint8Array(credential.publicKey),
    counter: credential.counter,
    transports: [...answer.transports],
  }
}

/** The new counter of a passkey, if the answer is its own (WebAuthn L3 §7.2): our origin and RP id, user verified. */
export async function verifyAuthentication(
  answer: AuthenticationAnswer,
  challenge: string,
  passkey: StoredCredential,
): Promise<number | undefined> {
  const verified = await verifyAuthenticationResponse({
    response: answer,
    ...expectations(challenge),
    credential: {
      id: answer.id,
      publicKey: new Uint8Array(passkey.publicKey),
      counter: Number(passkey.counter),
    },
  }).catch(refusedAnswer)
  return verified?.verified ? verified.authenticationInfo.newCounter : undefined
}

/** The library throws for whatever does not verify. Its words may hold the challenge: only that it happened is logged. */
function refusedAnswer(refusal: unknown): undefined {
  log.info('passkey.refused', { kind: refusal instanceof Error ? refusal.name : 'unknown' })
  return undefined
}

/** Whether an answer speaks of this passkey. */
export function isCredential(answer: AuthenticationAnswer, passkey: StoredCredential): boolean {
  return toText(passkey.credentialId) === answer.id
}

function expectations(challenge: string) {
  return {
    expectedChallenge: challenge,
    expectedOrigin: config().issuer,
    expectedRPID: new URL(config().issuer).hostname,
    requireUserVerification: true,
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

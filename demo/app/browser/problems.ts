import type { CallbackProblem } from './callback'

export type Problem =
  | CallbackProblem
  | 'unknown-server'
  | 'server-odd'
  | 'not-connected'
  | 'exchange-failed'
  | 'wrong-id-token'
  | 'not-shared'
  | 'paused'
  | 'access-ended'
  | 'unavailable'
  | 'too-many'
  | 'not-found'
  | 'unexpected'

export type ProblemWords = {
  readonly title: string
  readonly sentence: string
  /** What the person can do about it here. */
  readonly offer: 'connect' | 'again' | 'none'
}

/** Every sentence that explains why something did not work, one screen. */
export const problemWords = {
  declined: {
    title: 'You did not allow access',
    sentence: 'Lab Window has read nothing. You can connect later if you change your mind.',
    offer: 'connect',
  },
  'not-ours': {
    title: 'This answer was not used',
    sentence:
      'It does not belong to a connection begun in this tab. To be safe, please start again from here.',
    offer: 'connect',
  },
  'wrong-issuer': {
    title: 'This answer came from the wrong place',
    sentence: 'It was not sent by the clinic you connected to, so it was not used.',
    offer: 'connect',
  },
  'server-refused': {
    title: 'The clinic did not accept the request',
    sentence: 'Nothing was shared. Please try again; if it happens again, tell the makers of this app.',
    offer: 'connect',
  },
  'server-unavailable': {
    title: 'The clinic is busy right now',
    sentence: 'Nothing was shared and nothing is lost. Please try again in a few minutes.',
    offer: 'connect',
  },
  'unknown-server': {
    title: 'This app does not know that clinic',
    sentence:
      'The link you followed names a server that Lab Window does not work with. Nothing was sent there.',
    offer: 'connect',
  },
  'server-odd': {
    title: 'The clinic’s sign-in could not be started',
    sentence: 'Its server cannot be reached or does not describe a sign-in that this app can trust.',
    offer: 'connect',
  },
  'not-connected': {
    title: 'You are not connected',
    sentence: 'Connect to your clinic to see your lab results here.',
    offer: 'connect',
  },
  'exchange-failed': {
    title: 'Connecting did not finish',
    sentence: 'The clinic’s answer was too late or already used. Please connect again.',
    offer: 'connect',
  },
  'wrong-id-token': {
    title: 'We could not be sure who signed in',
    sentence: 'The clinic’s answer about you did not fit this sign-in, so everything was forgotten.',
    offer: 'connect',
  },
  'not-shared': {
    title: 'You did not share this',
    sentence: 'This part of your record was not ticked when you connected. Connect again to change that.',
    offer: 'connect',
  },
  paused: {
    title: 'The clinic does not allow this right now',
    sentence:
      'It may have paused this app. You are still connected. Please try again later, or ask the clinic.',
    offer: 'again',
  },
  'access-ended': {
    title: 'Your access has ended',
    sentence: 'The time ran out or access was ended, by you or by the clinic. Connect again to go on.',
    offer: 'connect',
  },
  unavailable: {
    title: 'The clinic cannot be reached right now',
    sentence: 'You are still connected and nothing is lost. Please try again in a few minutes.',
    offer: 'again',
  },
  'too-many': {
    title: 'That was a bit fast',
    sentence: 'The clinic asks this app to wait a moment. Please try again in a minute.',
    offer: 'again',
  },
  'not-found': {
    title: 'The clinic has nothing to show here',
    sentence: 'What this app asked for is not there for you.',
    offer: 'again',
  },
  unexpected: {
    title: 'Something went wrong',
    sentence: 'Please try again. If it happens again, connect anew.',
    offer: 'again',
  },
} as const satisfies Record<Problem, ProblemWords>

/** The problem behind a failed request. The library's message holds addresses and bodies and is never shown. */
export function problemOfStatus(status: number | undefined): Problem {
  if (status === 401) return 'access-ended'
  if (status === 403) return 'not-shared'
  if (status === 404 || status === 410) return 'not-found'
  if (status === 429) return 'too-many'
  if (status === undefined || status >= 500) return 'unavailable'
  return 'unexpected'
}

/**
 * The problem behind a failed read. A 403 that names no scope is the clinic's own no, not something left unticked
 * (RFC 6750 §3.1).
 */
export function problemOfRead(error: unknown): Problem {
  const problem = problemOfStatus(statusOf(error))
  return problem === 'not-shared' && !namesScope(error) ? 'paused' : problem
}

function namesScope(error: unknown): boolean {
  const response =
    typeof error === 'object' && error !== null && 'response' in error ? error.response : undefined
  const challenge = response instanceof Response ? response.headers.get('www-authenticate') : null
  return challenge?.includes('insufficient_scope') ?? false
}

/** The HTTP status of the library's error; undefined when the network itself failed. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
    ? error.status
    : undefined
}

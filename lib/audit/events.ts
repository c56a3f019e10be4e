import { z } from 'zod'

const word = z.string().max(200)

/**
 * The catalogue: every event and what its row says beside who, whom and when. Details hold codes and counts of ours,
 * never a name, a token or a clinical value.
 */
export const events = {
  /** A person came back from a provider and has a session. */
  'sign-in.succeeded': z.strictObject({
    provider: word,
    kind: z.enum(['patient', 'staff']),
    firstTime: z.boolean(),
  }),
  /** A sign-in was refused after the provider answered. */
  'sign-in.refused': z.strictObject({ provider: word, reason: word }),
  /** A session ended. */
  'session.ended': z.strictObject({ why: word }),
  /** A person was proven to be there beyond the sign-in, or tried to be. */
  'session.stepped-up': z.strictObject({ by: z.enum(['passkey', 'desk']) }),
  'session.step-up-refused': z.strictObject({ by: z.enum(['passkey', 'desk']), reason: word }),
  /** A patient registered a passkey here, or removed one. */
  'account-passkey.added': z.strictObject({ passkeyId: word }),
  'account-passkey.removed': z.strictObject({ passkeyId: word }),
  'account-passkey.refused': z.strictObject({ reason: word }),
  /** The desk looked at a person and gave a code that raises the session, or could not. */
  'step-up-code.issued': z.strictObject({ codeId: word, relationship: word, identification: word }),
  'step-up-code.issue-refused': z.strictObject({ reason: word }),
  /** A staff member registered a passkey here, proved one, or tried to. */
  'passkey.registered': z.strictObject({ first: z.boolean() }),
  'passkey.proven': z.strictObject({}),
  'passkey.refused': z.strictObject({ purpose: word, reason: word }),
  /** Someone may become staff by a one-time number, and did. */
  'staff.invited': z.strictObject({ role: word }),
  'staff.role-given': z.strictObject({ role: word }),
  /** Operators paused or resumed something. */
  'stop.set': z.strictObject({ target: word, targetId: word, reason: word }),
  'stop.lifted': z.strictObject({ target: word, targetId: word }),
  /** Signing keys moved on. */
  'keys.rotated': z.strictObject({ algorithm: word, kid: word, to: word }),
  /** Staff looked for charts. What was typed is not kept, the reason is. */
  'staff.charts-searched': z.strictObject({ reason: word, by: z.enum(['mrn', 'name']), found: z.number() }),
  /** Staff opened a chart's linking page. */
  'staff.chart-opened': z.strictObject({ reason: word }),
  /** Staff is alerted of something, and somebody cleared it up. */
  'alert.raised': z.strictObject({ kind: word }),
  'alert.closed': z.strictObject({ kind: word, why: word }),
  /** A sign-in tried too many records and opens no further one; staff lifted that. */
  'login.linking-suspended': z.strictObject({ why: word }),
  'login.linking-resumed': z.strictObject({ reason: word }),
  /** Staff opened a record to linking again that failures had locked. */
  'record.unlocked': z.strictObject({ reason: word }),
  /** Staff let one more link to a record be made past the caps; a link used it. */
  'link-allowance.given': z.strictObject({ reason: word }),
  'link-allowance.used': z.strictObject({ cap: word }),
  /** An activation code was issued, refused, or ended before its use. */
  'code.issued': z.strictObject({
    codeId: word,
    relationship: word,
    receivedBy: word,
    identification: word,
    replaced: z.boolean(),
  }),
  'code.issue-refused': z.strictObject({ reason: word, relationship: word }),
  'code.revoked': z.strictObject({ codeId: word, why: word }),
  /** Someone entered a code and a birth date. The true reason stands here and nowhere else. */
  'link.attempted': z.strictObject({ method: word, reason: word }),
  /** The person said "not me" before a link was written. */
  'link.declined': z.strictObject({ what: z.enum(['sign-in', 'chart']) }),
  /** A chart was proven, suspended, ended. */
  'link.created': z.strictObject({ method: word, level: word, relationship: word }),
  'link.suspended': z.strictObject({ why: word }),
  'link.ended': z.strictObject({ why: word }),
  /** Staff cleared up a suspended link: it opens its chart again. */
  'link.resumed': z.strictObject({ was: word, reason: word }),
  /** A notice was written, or could not be because the EHR marks no contact usable: hand it over at the desk. */
  'notice.written': z.strictObject({ kind: word, way: z.enum(['mail', 'desk']) }),
  /** A client was removed: dead with the next request. */
  'app.removed': z.strictObject({}),
  /** An app registered itself, or changed what it registered: how many names it resembles. */
  'app.registered': z.strictObject({ resembles: z.number().int(), statements: z.number().int() }),
  'app.registration-changed': z.strictObject({ resembles: z.number().int() }),
  /** A registration was let in (`reviewed`: by staff) or turned down. */
  'app.approved': z.strictObject({ reviewed: z.boolean() }),
  'app.refused': z.strictObject({}),
  /** A client was given a secret; the one before it, if any, has a week left. */
  'app.secret-issued': z.strictObject({ origin: word, replaced: z.boolean() }),
  /** Secrets of a client were ended before their time. */
  'app.secrets-ended': z.strictObject({ ended: z.number().int() }),
  /** A person allowed an app to read a chart: scopes allowed and refused, and the text they read. */
  'grant.created': z.strictObject({
    scopes: z.array(word),
    refused: z.array(word),
    textVersion: word,
    language: word,
  }),
  /** A grant ended. */
  'grant.ended': z.strictObject({ why: word }),
  /** A person let an app know that it is them, and nothing of any chart; or took it back. */
  'sign-in-grant.allowed': z.strictObject({
    signInGrantId: word,
    renewed: z.boolean(),
    textVersion: word,
    language: word,
  }),
  'sign-in-grant.ended': z.strictObject({ signInGrantId: word, why: word }),
  /** A code that tells who signed in was exchanged. */
  'sign-in-code.exchanged': z.strictObject({ jti: word }),
  'sign-in-code.replayed': z.strictObject({}),
  /** A person said no to an app. */
  'consent.declined': z.strictObject({ scopes: z.array(word) }),
  /** An app asked with `prompt=none` and was given a code on what the person had allowed before. */
  'authorization.answered-silently': z.strictObject({ scopes: z.array(word) }),
  /** A code was exchanged for the first tokens. */
  'authorization-code.exchanged': z.strictObject({ scopes: z.array(word), jti: word, offline: z.boolean() }),
  /** A code that was spent came back, fully proven: what it produced has ended. */
  'authorization-code.replayed': z.strictObject({}),
  /** A refresh token was exchanged. */
  'refresh.exchanged': z.strictObject({ scopes: z.array(word), jti: word }),
  /** A spent refresh token came back where it should not: its family has ended. */
  'refresh.replayed': z.strictObject({ familyId: word }),
  /** An app gave back a token. */
  'token.revoked': z.strictObject({ kind: z.enum(['refresh', 'access']) }),
  /** A portal ordered a launch, or was refused one; `vouched`: it answers for the person's sign-in. */
  'launch.created': z.strictObject({ vouched: z.boolean() }),
  'launch.refused': z.strictObject({ reason: word }),
  /** A launch became an authorization request. */
  'launch.spent': z.strictObject({ portal: word }),
  /** A person came in on a portal's word, for one authorization request. */
  'launch.person-vouched': z.strictObject({ portal: word }),
  /** A backend client was given an access token for itself. */
  'backend-token.issued': z.strictObject({ scopes: z.array(word), jti: word }),
  /** An app asked the gateway for a chart. Counts of what was hidden stand here and nowhere else. */
  'fhir.read': z.strictObject({
    interaction: word,
    type: word,
    status: z.number().int(),
    because: word.optional(),
    returned: z.number().int(),
    hidden: z.number().int(),
  }),
} as const

export type EventName = keyof typeof events
export type EventDetail<N extends EventName> = z.infer<(typeof events)[N]>

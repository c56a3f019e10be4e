import type { Prisma } from '@/generated/prisma/client'
import { record } from '@/lib/audit/record'
import type { Provider } from '@/lib/config/config'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { findCookie, setCookie } from '@/lib/http/cookies'
import { endSession } from '@/lib/identity/change-session'
import { kindOf } from '@/lib/identity/providers'
import { patientActor, staffActor } from '@/lib/identity/session'
import { type SessionKind, sessionCookies, sessionLimits } from '@/lib/identity/session-limits'
import type { UpstreamIdentity } from '@/lib/identity/upstream/id-token'
import { isStopped } from '@/lib/stops/stops'
import { addSeconds } from '@/lib/time/clock'

/** What came of a proven identity. */
export type NewSession =
  | { readonly outcome: 'signed-in'; readonly kind: SessionKind; readonly setCookie: string }
  | { readonly outcome: 'refused'; readonly reason: 'provider-paused' | 'account-ended' }

type Arrival = {
  readonly identity: UpstreamIdentity
  readonly cookieHeader: string | null
  readonly now: Date
}

/**
 * Opens a session for someone a provider has proven, in one transaction with its audit row. The login is found by
 * (issuer, subject) and nothing else; a first visit makes login and account. Staff come in by workforce providers only
 * and never get an account. The session of this browser ends and a new one begins: nobody can plant a cookie and wait.
 * Of N first visits at once one makes the account and the others find it.
 */
export async function openSession(provider: Provider, arrival: Arrival): Promise<NewSession> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db().$transaction((tx) => openIn(tx, provider, arrival))
    } catch (fault) {
      if (attempt === 3 || !isUniqueViolation(fault)) throw fault
    }
  }
}

async function openIn(tx: Tx, provider: Provider, arrival: Arrival): Promise<NewSession> {
  const kind = kindOf(provider)
  if (await isStopped(tx, [['provider', provider.id]])) return refuse(tx, provider, 'provider-paused')
  const login = kind === 'patient' ? await findOrMakeLogin(tx, provider, arrival) : undefined
  if (login?.ended) return refuse(tx, provider, 'account-ended')
  await endPrevious(tx, kind, arrival)
  const { identity, now } = arrival
  const secret = randomToken()
  await tx.session.create({
    data: {
      digest: sha256(secret),
      kind,
      loginId: login?.id ?? null,
      accountId: login?.accountId ?? null,
      issuer: identity.issuer,
      subject: identity.subject,
      provider: provider.id,
      upstreamVisit: identity.visit ?? null,
      authTime: identity.authTime ?? now,
      authTimeProven: identity.authTime !== undefined,
      acr: identity.acr,
      amr: [...identity.amr],
      ...(kind === 'staff' ? { claims: toJson(identity.roleClaims) } : {}),
      mfa: kind === 'staff' && isMultiFactor(provider, identity) ? 'provider' : null,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: addSeconds(now, sessionLimits[kind].absoluteSeconds),
    },
  })
  await record(tx, 'sign-in.succeeded', {
    actor: login ? patientActor(login) : staffActor(identity),
    about: { accountId: login?.accountId },
    detail: { provider: provider.id, kind, firstTime: login?.isNew ?? false },
  })
  return { outcome: 'signed-in', kind, setCookie: setCookie(sessionCookies[kind], secret) }
}

/** Whether the provider proved two factors, as the configuration reads its `acr` and `amr` (RFC 8176). */
export function isMultiFactor(
  provider: Pick<Provider, 'mfa'>,
  identity: Pick<UpstreamIdentity, 'acr' | 'amr'>,
): boolean {
  const { mfa } = provider
  return (
    (identity.acr !== null && mfa.acr.includes(identity.acr)) || identity.amr.some((m) => mfa.amr.includes(m))
  )
}

type FoundLogin = {
  readonly id: string
  readonly accountId: string
  readonly ended: boolean
  readonly isNew: boolean
}

async function findOrMakeLogin(tx: Tx, provider: Provider, { identity, now }: Arrival): Promise<FoundLogin> {
  const { issuer, subject } = identity
  const known = await tx.login.findFirst({
    where: { issuer, subject, removedAt: null },
    include: { account: { select: { endedAt: true } } },
  })
  if (known) {
    await tx.login.update({ where: { id: known.id }, data: { lastUsedAt: now, provider: provider.id } })
    return { id: known.id, accountId: known.accountId, ended: known.account.endedAt !== null, isNew: false }
  }
  const account = await tx.account.create({ data: { createdAt: now } })
  const login = await tx.login.create({
    data: { accountId: account.id, issuer, subject, provider: provider.id, createdAt: now, lastUsedAt: now },
  })
  return { id: login.id, accountId: account.id, ended: false, isNew: true }
}

async function endPrevious(tx: Tx, kind: SessionKind, { cookieHeader, now }: Arrival): Promise<void> {
  const secret = findCookie(cookieHeader, sessionCookies[kind])
  const previous = secret && (await tx.session.findFirst({ where: { digest: sha256(secret), kind } }))
  if (previous) await endSession(tx, previous.id, 'replaced', now)
}

async function refuse(
  tx: Tx,
  provider: Provider,
  reason: 'provider-paused' | 'account-ended',
): Promise<NewSession> {
  await recordRefusal(tx, provider.id, reason)
  return { outcome: 'refused', reason }
}

/** Audit of a sign-in that ended without a session: who it would have been is not proven, so not said. */
export async function recordRefusal(tx: Tx, provider: string, reason: string): Promise<void> {
  await record(tx, 'sign-in.refused', {
    actor: { kind: 'anonymous' },
    outcome: 'refused',
    detail: { provider, reason },
  })
}

function toJson(claims: UpstreamIdentity['roleClaims']): Prisma.InputJsonObject {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}

function isUniqueViolation(fault: unknown): boolean {
  return (fault as { code?: unknown }).code === 'P2002'
}

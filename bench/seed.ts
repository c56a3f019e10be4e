import { randomBytes, randomUUID } from 'node:crypto'
import { people } from '@/demo/people'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { currentKey } from '@/lib/crypto/keys'
import { db } from '@/lib/db/database'
import { ensureKeys } from '@/lib/keys/keys'
import { digestDemographics } from '@/lib/linking/demographics'
import { addSeconds, now } from '@/lib/time/clock'

/** The app that everything here was allowed to. */
export const benchApp = 'bench-app'

/** What it was allowed. */
export const benchScopes = ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs'] as const

/** The person of the cast whose chart is read: the one with well over a hundred results. */
export const george = requirePerson('george')

/** Rows in one statement: PostgreSQL takes 65,535 parameters. */
const together = 1_000

/**
 * Writes what sign-in, linking, consent and a first token would have written, for so many people who opened the same
 * chart. @returns their refresh tokens
 */
export async function seedRefreshTokens(count: number): Promise<readonly string[]> {
  await ensureKeys()
  await seedApp()
  const at = now()
  const expiresAt = addSeconds(at, 30 * 86_400)
  const people = Array.from({ length: count }, () => ({
    account: randomUUID(),
    login: randomUUID(),
    link: randomUUID(),
    grant: randomUUID(),
    family: randomUUID(),
    token: randomBytes(32).toString('base64url'),
  }))
  const demographicsDigest = digestDemographics({
    birthDate: george.birthDate,
    names: [{ given: george.name.split(' ')[0] ?? '', family: george.name.split(' ')[1] ?? '' }],
  })
  const { version: keyVersion } = currentKey('refresh-derivation')
  for (let from = 0; from < count; from += together) {
    const some = people.slice(from, from + together)
    await db().account.createMany({ data: some.map((one) => ({ id: one.account })) })
    await db().login.createMany({
      data: some.map((one) => ({
        id: one.login,
        accountId: one.account,
        issuer: 'https://idp.example',
        subject: one.login,
        provider: 'bench',
      })),
    })
    await db().link.createMany({
      data: some.map((one) => ({
        id: one.link,
        accountId: one.account,
        ehrId: ehrId(),
        patientId: george.patientId,
        relationship: 'self',
        method: 'activation-code',
        level: 'L-code',
        evidence: {},
        candidateVersion: '1',
        demographicsDigest,
        loginId: one.login,
      })),
    })
    await db().grant.createMany({
      data: some.map((one) => ({
        id: one.grant,
        accountId: one.account,
        linkId: one.link,
        appId: benchApp,
        ehrId: ehrId(),
        patientId: george.patientId,
        scopes: [...benchScopes],
        textVersion: '1',
        language: 'en',
        shown: {},
        expiresAt,
      })),
    })
    await db().refreshFamily.createMany({
      data: some.map((one) => ({
        id: one.family,
        grantId: one.grant,
        appId: benchApp,
        scopes: [...benchScopes],
        authTime: at,
        expiresAt,
      })),
    })
    await db().refreshToken.createMany({
      data: some.map((one) => ({
        digest: sha256(one.token),
        familyId: one.family,
        keyVersion,
        expiresAt,
      })),
    })
  }
  return people.map((one) => one.token)
}

/** The one EHR of the configuration. */
export function ehrId(): string {
  const [ehr] = config().ehrs
  if (!ehr) throw new Error('the configuration has no EHR')
  return ehr.id
}

async function seedApp(): Promise<void> {
  const metadata = {
    developer: 'Bench',
    redirectUris: [`https://${benchApp}.example/app`],
    scopes: [...benchScopes],
    reviewed: true,
    grantDays: 365,
  }
  await db().app.createMany({
    data: [{ id: benchApp, kind: 'app', name: benchApp, metadata, source: 'staff' }],
    skipDuplicates: true,
  })
}

function requirePerson(key: string): (typeof people)[number] {
  const found = people.find((one) => one.key === key)
  if (!found) throw new Error(`no such person: ${key}`)
  return found
}

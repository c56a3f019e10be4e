import { randomBytes, randomUUID } from 'node:crypto'
import { people } from '@/demo/people'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { currentKey } from '@/lib/crypto/keys'
import { db, pool } from '@/lib/db/database'
import { ensureKeys, signJwt } from '@/lib/keys/keys'
import { digestDemographics } from '@/lib/linking/demographics'
import { statusClaim } from '@/lib/status-list/list-address'
import { addSeconds, epochSeconds, now } from '@/lib/time/clock'

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

/** Writes so many live access tokens, and one of a backend client that may ask about them. */
export async function seedAccessTokens(
  count: number,
): Promise<{ readonly bearer: string; readonly tokens: readonly string[] }> {
  await seedRefreshTokens(count)
  const families = await db().refreshFamily.findMany({ include: { grant: true } })
  const at = now()
  const expiresAt = addSeconds(at, 900)
  const issue = async (claims: { readonly client_id: string }, row: object): Promise<string> => {
    const jti = randomUUID()
    const { statusNumber } = await db().accessToken.create({
      data: { jti, appId: claims.client_id, issuedAt: at, expiresAt, ...row },
    })
    const status = statusClaim(Number(statusNumber), at)
    const usual = { iss: config().issuer, iat: epochSeconds(at), exp: epochSeconds(expiresAt), jti, status }
    return signJwt({ ...usual, ...claims }, { algorithm: 'ES256', typ: 'at+jwt' })
  }
  const tokens: string[] = []
  for (const { id, grant } of families) {
    const { accountId, patientId } = grant
    const aud = `${config().issuer}/fhir/${ehrId()}`
    const scope = benchScopes.join(' ')
    const fhirUser = `${aud}/Patient/${patientId}`
    const claims = { client_id: benchApp, sub: accountId, aud, scope, patient: patientId, fhirUser }
    const row = { grantId: grant.id, familyId: id, scopes: [...benchScopes], accountId }
    tokens.push(await issue(claims, row))
  }
  const jwks = { keys: [{ kty: 'EC', kid: '1', crv: 'P-384', x: 'x', y: 'y' }] }
  const metadata = { jwks, scopes: ['__introspect'] }
  await db().app.create({
    data: { id: 'inspector', kind: 'backend', name: 'inspector', metadata, source: 'staff' },
  })
  const own = { client_id: 'inspector', sub: 'inspector', aud: config().issuer, scope: '__introspect' }
  return { tokens, bearer: await issue(own, { scopes: ['__introspect'] }) }
}

/**
 * Fills the tables with so many people, each with a chart, an app that was allowed and refreshed, and what the audit
 * says of it; then tells PostgreSQL how large they are.
 */
export async function seedVolume(count: number): Promise<void> {
  await seedApp()
  const inserts = [
    `INSERT INTO account (id) SELECT id FROM bulk`,
    `INSERT INTO login (id, account_id, issuer, subject, provider) SELECT gen_random_uuid(), id, 'https://idp.example', id::text, 'bench' FROM bulk`,
    `INSERT INTO link (id, account_id, ehr_id, patient_id, relationship, method, level, evidence, candidate_version, demographics_digest, login_id)
     SELECT id, id, '${ehrId()}', id::text, 'self', 'activation-code', 'L-code', '{}', '1', ''::bytea, id FROM bulk`,
    `INSERT INTO "grant" (id, account_id, link_id, app_id, ehr_id, patient_id, scopes, text_version, language, shown, expires_at)
     SELECT id, id, id, '${benchApp}', '${ehrId()}', id::text, '{openid,patient/*.rs}', '1', 'en', '{}', now() + interval '300 days' FROM bulk`,
    `INSERT INTO refresh_family (id, grant_id, app_id, scopes, auth_time, expires_at)
     SELECT id, id, '${benchApp}', '{openid,patient/*.rs}', now(), now() + interval '300 days' FROM bulk`,
    `INSERT INTO refresh_token (digest, family_id, key_version, expires_at)
     SELECT sha256(id::text::bytea), id, 1, now() + interval '100 days' FROM bulk`,
    `INSERT INTO access_token (jti, grant_id, family_id, app_id, scopes, account_id, expires_at)
     SELECT id::text, id, id, '${benchApp}', '{openid,patient/*.rs}', id, now() + interval '15 minutes' FROM bulk`,
    `INSERT INTO audit_event (id, name, actor_kind, outcome, detail, account_id, grant_id)
     SELECT gen_random_uuid(), 'refresh.exchanged', 'app', 'success', '{}', id, id FROM bulk`,
  ]
  const client = await pool().connect()
  try {
    await client.query(
      `CREATE TEMPORARY TABLE bulk AS SELECT gen_random_uuid() AS id FROM generate_series(1, ${count})`,
    )
    for (const insert of inserts) await client.query(insert)
    await client.query('VACUUM ANALYZE')
  } finally {
    client.release()
  }
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

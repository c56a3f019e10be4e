import { randomUUID } from 'node:crypto'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { ensureKeys, signJwt } from '@/lib/keys/keys'
import { addSeconds, epochSeconds, now } from '@/lib/time/clock'
import { linkRow } from '@/test/link-row'

/** A person who signed in, opened a chart and allowed an app: all rows, and an access token for the gateway. */
export type SeededAccess = {
  readonly accountId: string
  readonly linkId: string
  readonly grantId: string
  readonly familyId: string
  readonly jti: string
  readonly token: string
  /** Claims of the token, to sign wrong ones from. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** What to seed. Scopes are all that the gateway serves unless told otherwise. */
export type AccessSeed = {
  readonly ehrId: string
  readonly patientId: string
  readonly appId?: string
  readonly scopes?: readonly string[]
  readonly relatedPersonId?: string
  readonly redirectUris?: readonly string[]
  /** What the token says of the sign-in; just now, at a provider, unless told otherwise. */
  readonly proven?: { readonly acr: string; readonly at?: Date }
}

/** Every scope a gateway test may want. */
export const allScopes: readonly string[] = ['openid', 'fhirUser', 'launch/patient', 'patient/*.rs']

/** Writes the rows that sign-in, linking, consent and token would have written, and signs the token. */
export async function seedAccess(seed: AccessSeed): Promise<SeededAccess> {
  await ensureKeys()
  const { ehrId, patientId, appId = 'fixture-app', scopes = allScopes, relatedPersonId } = seed
  const at = now()
  const account = await db().account.create({ data: {} })
  const login = await db().login.create({
    data: {
      accountId: account.id,
      issuer: 'https://idp.example',
      subject: randomUUID(),
      provider: 'fixture',
    },
  })
  await seedApp(appId, scopes, seed.redirectUris)
  const link = await db().link.create({
    data: linkRow({ accountId: account.id, loginId: login.id, ehrId, patientId, relatedPersonId }),
  })
  const grant = await db().grant.create({
    data: {
      accountId: account.id,
      linkId: link.id,
      appId,
      ehrId,
      patientId,
      scopes: [...scopes],
      textVersion: '1',
      language: 'en',
      shown: {},
      expiresAt: addSeconds(at, 86_400),
    },
  })
  const family = await db().refreshFamily.create({
    data: { grantId: grant.id, appId, scopes: [...scopes], authTime: at, expiresAt: addSeconds(at, 86_400) },
  })
  const issued = { grantId: grant.id, familyId: family.id, appId, scopes, ehrId, patientId }
  return {
    accountId: account.id,
    linkId: link.id,
    ...issued,
    ...(await issueToken(account.id, issued, seed.proven)),
  }
}

type Issued = {
  readonly grantId: string
  readonly familyId: string
  readonly appId: string
  readonly scopes: readonly string[]
  readonly ehrId: string
  readonly patientId: string
}

async function issueToken(
  sub: string,
  { grantId, familyId, appId, scopes, ehrId, patientId }: Issued,
  proven: AccessSeed['proven'] = { acr: 'urn:vestibule:acr:signed-in' },
): Promise<Pick<SeededAccess, 'jti' | 'token' | 'claims'>> {
  const at = now()
  const jti = randomUUID()
  const expiresAt = addSeconds(at, 900)
  await db().accessToken.create({ data: { jti, grantId, familyId, appId, scopes: [...scopes], expiresAt } })
  const gatewayBase = `${config().issuer}/fhir/${ehrId}`
  const claims = {
    iss: config().issuer,
    sub,
    aud: gatewayBase,
    client_id: appId,
    iat: epochSeconds(at),
    exp: epochSeconds(expiresAt),
    jti,
    scope: scopes.join(' '),
    patient: patientId,
    fhirUser: `${gatewayBase}/Patient/${patientId}`,
    auth_time: epochSeconds(proven.at ?? at),
    acr: proven.acr,
  }
  return { jti, claims, token: await signJwt(claims, { algorithm: 'ES256', typ: 'at+jwt' }) }
}

async function seedApp(
  id: string,
  scopes: readonly string[],
  redirectUris?: readonly string[],
): Promise<void> {
  const metadata = {
    developer: 'Fixture',
    redirectUris: [...(redirectUris ?? [`https://${id}.example/app`])],
    scopes: [...scopes],
    reviewed: true,
    grantDays: 365,
  }
  await db().app.createMany({
    data: [{ id, kind: 'app', name: id, metadata, source: 'staff' }],
    skipDuplicates: true,
  })
}

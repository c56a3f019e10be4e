import { z } from 'zod'
import { jsonBytes, jsonDate, jsonRow } from '@/lib/db/json-row'

const text = z.string().nullable()

/** An authorization request as a statement reads it beside other things. */
export const requestRow = z.object({
  id: z.string(),
  browserDigest: jsonBytes,
  appId: z.string(),
  ehrId: text,
  redirectUri: z.string(),
  scopes: z.array(z.string()),
  state: text,
  nonce: text,
  codeChallenge: text,
  audience: text,
  prompt: z.array(z.string()),
  maxAge: z.number().nullable(),
  acrValues: z.array(z.string()),
  loginHint: text,
  hintedSubject: text,
  context: z.json(),
  dpopJkt: text,
  launchId: text,
  sessionId: text,
  accountId: text,
  linkId: text,
  untickedItems: z.array(z.string()),
  status: z.string(),
  createdAt: jsonDate,
  expiresAt: jsonDate,
  decidedAt: jsonDate.nullable(),
  sealedAnswer: jsonBytes.nullable(),
})

/** A launch, likewise. */
export const launchRow = z.object({
  id: z.string(),
  digest: jsonBytes,
  portalId: z.string(),
  appId: z.string(),
  ehrId: z.string(),
  accountId: z.string(),
  loginId: z.string(),
  linkId: z.string(),
  context: z.json(),
  launchUrl: z.string(),
  ticketDigest: jsonBytes.nullable(),
  ticketSpentAt: jsonDate.nullable(),
  browserDigest: jsonBytes.nullable(),
  authTime: jsonDate.nullable(),
  sessionId: text,
  createdAt: jsonDate,
  expiresAt: jsonDate,
  spentAt: jsonDate.nullable(),
})

/** A patient's session, likewise: `acceptPatient` says whether it counts. */
export const sessionRow = z.object({
  id: z.string(),
  kind: z.string(),
  loginId: text,
  accountId: text,
  issuer: z.string(),
  subject: z.string(),
  provider: z.string(),
  authTime: jsonDate,
  authTimeProven: z.boolean(),
  acr: text,
  amr: z.array(z.string()),
  steppedUpAt: jsonDate.nullable(),
  steppedUpBy: text,
  linkedAt: jsonDate.nullable(),
  createdAt: jsonDate,
  lastSeenAt: jsonDate,
})

/** A link, likewise. */
export const linkRow = z.object({
  id: z.string(),
  accountId: z.string(),
  ehrId: z.string(),
  patientId: z.string(),
  relationship: z.string(),
  relatedPersonId: text,
  method: z.string(),
  level: z.string(),
  demographicsDigest: jsonBytes,
  status: z.string(),
  loginId: z.string(),
  createdAt: jsonDate,
  checkedAt: jsonDate,
  consentCount: z.number().int(),
  endedWhy: text,
})

/** A grant, as far as a later request to the same app has to know it. */
export const grantRow = z.object({
  id: z.string(),
  linkId: z.string(),
  scopes: z.array(z.string()),
  expiresAt: jsonDate,
})

/** The charts an account can open or has suspended, oldest first, as a column of a statement that reads more. */
export function linksColumn(account: string): string {
  return `COALESCE((SELECT jsonb_agg(${jsonRow('l', linkRow)} ORDER BY l.created_at) FROM link l
    WHERE l.account_id = ${account} AND l.status IN ('active', 'suspended')), '[]') AS "links"`
}

import {
  type Actor,
  auditInsert,
  auditInsertOfEach,
  auditParameters,
  auditParametersOfEach,
} from '@/lib/audit/record'

/** A line of the consent page as it was shown, with the person's answer. */
export type ShownItem = {
  readonly id: string
  readonly scopes: readonly string[]
  readonly text: string
  readonly allowed: boolean
}

/** A consent about to be written. */
export type NewGrant = {
  readonly accountId: string
  readonly linkId: string
  readonly appId: string
  readonly ehrId: string
  readonly patientId: string
  readonly scopes: readonly string[]
  readonly textVersion: string
  readonly language: string
  readonly shown: readonly ShownItem[]
  readonly expiresAt: Date
}

/**
 * What a consent writes, to stand in the WITH of one statement behind `source`, which has a row if the consent counts:
 * the grant (`created`), the end of those it takes back, and their audit rows. Parameters from `$first` on come from
 * `grantParameters`.
 */
export function grantInsert(source: string, first: number): string {
  const at = (place: number): string => `$${first + place}`
  return `created AS (
  INSERT INTO "grant" (id, account_id, link_id, app_id, ehr_id, patient_id, scopes, text_version, language, shown,
    created_at, expires_at)
  SELECT ${at(0)}::uuid, ${at(1)}::uuid, ${at(2)}::uuid, ${at(3)}::text, ${at(4)}::text, ${at(5)}::text, ${at(6)}::text[],
    ${at(7)}::text, ${at(8)}::text, ${at(9)}::jsonb, ${at(10)}::timestamptz, ${at(11)}::timestamptz FROM ${source}
  RETURNING id),
taken_back AS (
  UPDATE "grant" SET ended_at = ${at(10)}::timestamptz, ended_why = 'replaced'
  WHERE id = ANY(${at(12)}::uuid[]) AND ended_at IS NULL AND EXISTS (SELECT 1 FROM ${source})
  RETURNING id),
created_audit AS (${auditInsert('created', first + 13)}),
taken_back_audit AS (${auditInsertOfEach('taken_back', first + 26)})`
}

/**
 * The parameters of `grantInsert`. `takenBack`: earlier grants of the same app on the same link that hold something the
 * person now refused; they end with it: the latest "no" counts on every device.
 */
export function grantParameters(
  id: string,
  grant: NewGrant,
  options: { readonly actor: Actor; readonly now: Date; readonly takenBack: readonly string[] },
): readonly unknown[] {
  const { accountId, linkId, appId, ehrId, patientId, scopes, textVersion, language, shown } = grant
  const { actor, now, takenBack } = options
  const about = { accountId, ehrId, patientId, appId, linkId }
  const refused = shown.filter((item) => !item.allowed).flatMap((item) => item.scopes)
  return [
    id,
    accountId,
    linkId,
    appId,
    ehrId,
    patientId,
    [...scopes],
    textVersion,
    language,
    JSON.stringify(shown),
    now,
    grant.expiresAt,
    [...takenBack],
    ...auditParameters('grant.created', {
      actor,
      about: { ...about, grantId: id },
      detail: { scopes: [...scopes], refused, textVersion, language },
    }),
    ...auditParametersOfEach('grant.ended', { actor, about, detail: { why: 'replaced' } }),
  ]
}

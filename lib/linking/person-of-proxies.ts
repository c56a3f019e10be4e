import { db } from '@/lib/db/database'

/** A proxy for several patients of one EHR whose Person there is not known yet. */
export type UnnamedProxy = {
  readonly ehrId: string
  readonly patientId: string
  readonly relatedPersonId: string
}

/** The proxy behind a link, if the account acts for several patients there and has no Person yet. */
export async function findUnnamedProxy(linkId: string): Promise<UnnamedProxy | undefined> {
  const link = await db().link.findUnique({ where: { id: linkId } })
  if (!link?.relatedPersonId || link.personId !== null) return undefined
  const { accountId, ehrId, patientId, relatedPersonId } = link
  const where = { accountId, ehrId, relationship: 'proxy', status: 'active' } as const
  return (await db().link.count({ where })) > 1 ? { ehrId, patientId, relatedPersonId } : undefined
}

/** Notes the Person that stands for an account's proxies, on those links whose RelatedPerson it names. */
export async function setPersonOfProxies(
  linkId: string,
  person: { readonly id: string; readonly relatedPersonIds: readonly string[] },
): Promise<void> {
  const { accountId, ehrId } = await db().link.findUniqueOrThrow({ where: { id: linkId } })
  await db().link.updateMany({
    where: { accountId, ehrId, relationship: 'proxy', relatedPersonId: { in: [...person.relatedPersonIds] } },
    data: { personId: person.id },
  })
}

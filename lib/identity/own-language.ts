import { db, type Tx } from '@/lib/db/database'

/** Keeps the language a person reads in: notices speak it. */
export async function keepLanguage(
  accountId: string,
  language: string,
  options: { readonly tx?: Tx } = {},
): Promise<void> {
  const { tx = db() } = options
  await tx.account.updateMany({ where: { id: accountId }, data: { language } })
}

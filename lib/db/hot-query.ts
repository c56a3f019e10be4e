import type { QueryResult } from 'pg'
import { config } from '@/lib/config/config'
import { pool } from '@/lib/db/database'

/**
 * One of the few statements that stand in the way of every request. PostgreSQL keeps it parsed and planned for each
 * connection under its name. The embedded database does not: its clients share one session, in which names would
 * collide. Behind a pooler that gives each transaction another session, set DATABASE_PREPARE to `off`.
 */
export async function hotQuery(
  statement: { readonly name: string; readonly text: string },
  values: readonly unknown[],
): Promise<QueryResult<Record<string, unknown>>> {
  const { name, text } = statement
  const { DATABASE_URL, DATABASE_PREPARE } = config().environment
  const isKept = DATABASE_URL !== undefined && DATABASE_PREPARE === 'on'
  return pool().query<Record<string, unknown>>({ text, values: [...values], ...(isKept ? { name } : {}) })
}

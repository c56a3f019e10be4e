import pg from 'pg'

/** What went to the database and was waited for, in order: each statement is one round trip, BEGIN and COMMIT too. */
export type Counted<T> = { readonly result: T; readonly statements: readonly string[] }

/** Counts the round trips of one act. Acts of others at the same time would count with it: jobs are off in tests. */
export async function countRoundTrips<T>(act: () => Promise<T>): Promise<Counted<T>> {
  const statements: string[] = []
  const client = pg.Client.prototype as { query: (...args: unknown[]) => unknown }
  const usual = client.query
  client.query = function query(this: unknown, ...args: unknown[]): unknown {
    statements.push(textOf(args[0]))
    return usual.apply(this, args)
  }
  try {
    return { result: await act(), statements }
  } finally {
    client.query = usual
  }
}

function textOf(asked: unknown): string {
  if (typeof asked === 'string') return asked
  const text = typeof asked === 'object' && asked !== null && 'text' in asked ? asked.text : ''
  return String(text)
}

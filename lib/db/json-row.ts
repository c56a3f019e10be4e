import { z } from 'zod'

/**
 * The columns of a schema as one JSON object, for a statement that reads several rows at once: `alias` is the table's
 * name in it, members are spelled as in the Prisma models. Read the object with the same schema.
 */
export function jsonRow(
  alias: string,
  schema: { readonly shape: Readonly<Record<string, unknown>> },
): string {
  const members = Object.keys(schema.shape).map((name) => `'${name}', ${alias}.${snakeCase(name)}`)
  return `jsonb_build_object(${members.join(', ')})`
}

/** A `bytea` as PostgreSQL writes it into JSON. */
export const jsonBytes = z
  .string()
  .regex(/^\\x([0-9a-f]{2})*$/)
  .transform((hex) => new Uint8Array(Buffer.from(hex.slice(2), 'hex')))

/** A `timestamptz` as PostgreSQL writes it into JSON: ISO 8601 with its offset. */
export const jsonDate = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

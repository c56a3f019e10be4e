/** Anything JSON can say. Bodies of other servers are walked as this: nothing of them is lost or guessed at. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/** A JSON object. Absent members read as undefined. */
export type JsonObject = { readonly [name: string]: JsonValue | undefined }

declare global {
  interface JSON {
    rawJSON(text: string): JsonObject
    isRawJSON(value: unknown): boolean
  }
}

/**
 * A number, where JSON can have one, that JavaScript might write otherwise: minus zero, sixteen characters and more, a
 * last digit 0 behind the point, an exponent. Looking only there spares most pages the slow way.
 */
const mayLoseDigits =
  /[[:,]\s*(?:-0|-?(?=[\d.]{16})(?:0|[1-9]\d*)(?:\.\d+)?|-?(?:0|[1-9]\d*)(?:\.\d*0|(?:\.\d+)?[eE][+-]?\d+))(?=\s*[,\]}])/

/**
 * Reads JSON and keeps every number as it was written: 7.0 mg/dL was measured more precisely than 7. A number that
 * JavaScript would write otherwise becomes an opaque value that JSON.stringify writes as it came. FHIR R4 datatypes
 * §decimal. @throws SyntaxError
 */
export function parseJsonExactly(text: string): unknown {
  if (!mayLoseDigits.test(text)) return JSON.parse(text)
  const keep = (_name: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? JSON.rawJSON(context.source)
      : value
  return JSON.parse(text, keep)
}

/** Whether a value is a number kept as it was written. */
export function isExactNumber(value: JsonValue | undefined): boolean {
  return JSON.isRawJSON(value)
}

/** Whether a value is an object: not null, not an array. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object in a member, or undefined. */
export function objectAt(of: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = of?.[name]
  return isObject(value) ? value : undefined
}

/** The objects of a list member; what is no object is left out, no list reads as none. */
export function objectsAt(of: JsonObject | undefined, name: string): readonly JsonObject[] {
  const value = of?.[name]
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The text in a member, or undefined. */
export function textAt(of: JsonObject | undefined, name: string): string | undefined {
  const value = of?.[name]
  return typeof value === 'string' ? value : undefined
}

/** The object without these members. */
export function without<T extends JsonObject>(of: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name))) as T
}

/** Visits every value of a tree once, parents before children. */
export function visit(value: JsonValue | undefined, look: (value: JsonValue) => void): void {
  if (value === undefined) return
  look(value)
  if (Array.isArray(value)) for (const item of value) visit(item, look)
  else if (isObject(value)) for (const member of Object.values(value)) visit(member, look)
}

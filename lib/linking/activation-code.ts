import { randomInt } from 'node:crypto'
import { hmac } from '@/lib/crypto/digest'
import { allKeys, currentKey, keyOfVersion } from '@/lib/crypto/keys'

/** Crockford's base32: no I, L, O or U, so that a printed code reads one way only. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const codeLength = 15

/** A digest and the version of the pepper it was made with. */
export type CodeDigest = { readonly digest: Uint8Array<ArrayBuffer>; readonly pepper: number }

/** A new code, in its normal form: 15 characters (75 random bits) unless told otherwise. */
export function newCode(length: number = codeLength): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** A code as it is printed: three groups of five. */
export function formatCode(code: string): string {
  return (code.match(/.{1,5}/g) ?? []).join('-')
}

/**
 * What a person typed, pasted or scanned, in normal form: upper case, without spaces and dashes of any kind, I and L
 * read as 1, O as 0. Undefined when it cannot be a code at all.
 */
export function parseCode(typed: string, length: number = codeLength): string | undefined {
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}_.]/gu, '')
    .replace(/[IL]/g, '1')
    .replace(/O/g, '0')
  return code.length === length && [...code].every((character) => alphabet.includes(character))
    ? code
    : undefined
}

/** The digest a new code is stored as. Only digests are stored, keyed by a pepper that is not in the database. */
export function digestCode(code: string): CodeDigest {
  const { key, version } = currentKey('code-pepper')
  return { digest: hmac(`code:${code}`, key), pepper: version }
}

/** The digests a code may be stored as: one for each secret still configured. Looked up by equality, never by a scan. */
export function listCodeDigests(code: string): readonly CodeDigest[] {
  return allKeys('code-pepper').map(({ key, version }) => ({
    digest: hmac(`code:${code}`, key),
    pepper: version,
  }))
}

/**
 * The digest of the birth date that belongs to a code. It is bound to the code's digest, so that equal dates of two
 * codes look different. Undefined when the pepper's secret is configured no more.
 */
export function digestBirthDate(birthDate: string, code: CodeDigest): Uint8Array<ArrayBuffer> | undefined {
  const pepper = keyOfVersion('code-pepper', code.pepper)
  return pepper && hmac(`birth-date:${Buffer.from(code.digest).toString('hex')}:${birthDate}`, pepper.key)
}

/**
 * What is known of a sign-in, as values of our own (`acr`, OpenID Connect Core §2): a provider's word is mapped, never
 * copied (spec 4.16). Weakest first; each proves `signed-in` too.
 * `signed-in`: signed in at a provider, whatever it proves. `two-factor`: the provider proved two factors, as the
 * configuration reads it. `passkey`: a passkey held here, with the person's PIN, finger or face. `desk`: staff looked at
 * the person and gave a code. `portal` stands apart: a portal said who it is, and nobody signed in here.
 */
export const acrValues = [
  'urn:vestibule:acr:signed-in',
  'urn:vestibule:acr:two-factor',
  'urn:vestibule:acr:passkey',
  'urn:vestibule:acr:desk',
] as const

/** Stands for a portal's word. Nobody can ask for it: it is what is known where nothing was asked. */
const portalAcr = 'urn:vestibule:acr:portal'

export type Acr = (typeof acrValues)[number] | typeof portalAcr

/** Whether a word is one of ours. */
export function isAcr(word: string | undefined): word is Acr {
  return word === portalAcr || acrValues.some((known) => known === word)
}

/** Whether what was proven is among what is wanted. Any sign-in is at least `signed-in`; a portal's word is none. */
export function satisfiesAcr(proven: Acr, wanted: readonly Acr[]): boolean {
  const isSignIn = proven !== portalAcr
  return wanted.includes(proven) || (isSignIn && wanted.includes('urn:vestibule:acr:signed-in'))
}

'use client'

import { type ReactNode, useEffect } from 'react'

const key = 'vestibule.code'

/**
 * Fills in a code that came with a scanned picture (`/link#code=…`): the fragment reaches no server. It is taken out of
 * the address at once and kept in this tab until it is used, so that it outlives the sign-in. Without scripts the person
 * types it.
 */
export function CodeFromAddress({
  field,
  from,
}: {
  readonly field?: string
  readonly from: string
}): ReactNode {
  useEffect(() => {
    const given = new URLSearchParams(window.location.hash.slice(1)).get(from)
    if (given) {
      sessionStorage.setItem(key, given)
      window.history.replaceState(null, '', window.location.pathname + window.location.search)
    }
    const input = field ? document.getElementById(field) : null
    if (!(input instanceof HTMLInputElement)) return
    const kept = sessionStorage.getItem(key)
    if (kept && input.value === '') input.value = kept
    const keep = (): void => sessionStorage.setItem(key, input.value)
    input.form?.addEventListener('submit', keep)
    return () => input.form?.removeEventListener('submit', keep)
  }, [field, from])
  return null
}

/** Forgets the code: it was used, or is of no use. */
export function ForgetCode(): ReactNode {
  useEffect(() => sessionStorage.removeItem(key), [])
  return null
}

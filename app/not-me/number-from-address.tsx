'use client'

import { type ReactNode, useEffect } from 'react'

/** Fills in the number of a notice from the fragment of its link, which reaches no server, and takes it out of the address. */
export function NumberFromAddress({
  field,
  from,
}: {
  readonly field: string
  readonly from: string
}): ReactNode {
  useEffect(() => {
    const given = new URLSearchParams(window.location.hash.slice(1)).get(from)
    const input = document.getElementById(field)
    if (!given || !(input instanceof HTMLInputElement)) return
    input.value = given
    window.history.replaceState(null, '', window.location.pathname)
  }, [field, from])
  return null
}

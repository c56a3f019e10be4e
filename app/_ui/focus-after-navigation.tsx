'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect, useRef } from 'react'

/**
 * Puts the focus where reading should go on: on a problem or a field to mend if the page shows one, else, after a navigation without a full
 * load, on the heading. A full load leaves it to the browser, which starts at the top.
 */
export function FocusAfterNavigation(): null {
  const address = `${usePathname()}?${useSearchParams()}`
  const previous = useRef(address)
  useEffect(() => {
    const problem = document.querySelector<HTMLElement>('[data-takes-focus], [aria-invalid="true"]')
    const heading = previous.current === address ? null : document.querySelector<HTMLElement>('main h1')
    previous.current = address
    ;(problem ?? heading)?.focus()
  }, [address])
  return null
}

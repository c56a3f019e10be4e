import type { ReactNode } from 'react'

/** A telephone number that can be called by tapping it. */
export function Phone({ number }: { readonly number: string }): ReactNode {
  return (
    <a href={`tel:${number.replace(/[^+\d]/g, '')}`} dir="ltr" className={`${linkClass} whitespace-nowrap`}>
      {number}
    </a>
  )
}

/** A link inside a sentence. */
export function TextLink(props: { readonly href: string; readonly children: ReactNode }): ReactNode {
  return (
    <a href={props.href} className={linkClass}>
      {props.children}
    </a>
  )
}

const linkClass = 'text-accent-text underline decoration-1 underline-offset-4 hover:decoration-2'

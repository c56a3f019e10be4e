import type { ReactNode } from 'react'

/** The pages of one area, as a row of links; the current one is marked. */
export function AreaNav(props: {
  readonly label: string
  readonly links: readonly { readonly href: string; readonly label: string }[]
  readonly current: string
  /** At the end of the row: the way out. */
  readonly end?: ReactNode
}): ReactNode {
  return (
    <nav
      aria-label={props.label}
      className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-b border-line print:hidden"
    >
      <ul className="-mb-px flex flex-wrap gap-x-6">
        {props.links.map((link) => {
          const isCurrent = link.href === props.current
          return (
            <li key={link.href}>
              <a
                href={link.href}
                aria-current={isCurrent ? 'page' : undefined}
                className={`inline-flex min-h-12 items-center border-b-2 font-medium no-underline ${
                  isCurrent ? 'border-accent text-ink' : 'border-transparent text-quiet hover:text-ink'
                }`}
              >
                {link.label}
              </a>
            </li>
          )
        })}
      </ul>
      {props.end !== undefined && <div className="pb-2">{props.end}</div>}
    </nav>
  )
}

import type { ReactNode } from 'react'

/** A list of like things with a line between them. */
export function List({ children }: { readonly children: ReactNode }): ReactNode {
  return <ul className="divide-y divide-line">{children}</ul>
}

/** One thing of a list: what it is, a line about it, and what can be done with it. */
export function ListItem(props: {
  readonly icon?: ReactNode
  readonly title: ReactNode
  readonly detail?: ReactNode
  readonly action?: ReactNode
}): ReactNode {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 py-4 first:pt-0 last:pb-0">
      {props.icon !== undefined && <span className="shrink-0 text-quiet">{props.icon}</span>}
      <div className="min-w-0 flex-1 basis-48">
        <p className="font-medium wrap-break-word">{props.title}</p>
        {props.detail !== undefined && <div className="text-sm text-quiet">{props.detail}</div>}
      </div>
      {props.action}
    </li>
  )
}

/** Short points in a row of sentences, with a mark before each. */
export function Points(props: {
  readonly points: readonly ReactNode[]
  readonly mark: ReactNode
  /** Two columns on wide screens, for long lists of short points. */
  readonly columns?: boolean
}): ReactNode {
  return (
    <ul className={`grid gap-x-8 gap-y-2 ${props.columns ? 'sm:grid-cols-2' : ''}`}>
      {props.points.map((point, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the points of a page never change places
        <li key={index} className="flex gap-3">
          <span className="mt-0.5 shrink-0">{props.mark}</span>
          <span className="min-w-0">{point}</span>
        </li>
      ))}
    </ul>
  )
}

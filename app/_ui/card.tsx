import type { ReactNode } from 'react'

type CardProps = {
  readonly title?: ReactNode
  /** Beside the title: a button or a tag. */
  readonly action?: ReactNode
  readonly children?: ReactNode
  /** Set apart at the bottom: buttons that concern the whole card. */
  readonly footer?: ReactNode
}

/** A thing on its own ground. */
export function Card({ title, action, children, footer }: CardProps): ReactNode {
  return (
    <section className="mb-6 overflow-hidden rounded-2xl border border-line bg-surface shadow-card print:shadow-none">
      <div className="p-5 sm:p-7">
        {(title !== undefined || action !== undefined) && (
          <div className="mb-3 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
            {title !== undefined && <h2 className="text-lg font-semibold tracking-tight">{title}</h2>}
            {action}
          </div>
        )}
        {children}
      </div>
      {footer !== undefined && (
        <div className="flex flex-wrap items-center gap-3 border-t border-line bg-canvas/50 px-5 py-4 sm:px-7">
          {footer}
        </div>
      )}
    </section>
  )
}

/** A short word on a thing's state. */
export function Tag(props: {
  readonly tone?: 'plain' | 'good' | 'careful'
  readonly children: ReactNode
}): ReactNode {
  const look = {
    plain: 'bg-sunken text-quiet',
    good: 'bg-success-soft text-success',
    careful: 'bg-warning-soft text-warning',
  }[props.tone ?? 'plain']
  return (
    <span className={`inline-flex items-center rounded-full px-3 py-0.5 text-sm font-medium ${look}`}>
      {props.children}
    </span>
  )
}

/** Names and values, one under the other on phones. */
export function Facts(props: {
  readonly facts: readonly { readonly name: string; readonly value: ReactNode }[]
}): ReactNode {
  return (
    <dl className="divide-y divide-line">
      {props.facts.map((fact) => (
        <div
          key={fact.name}
          className="py-2.5 first:pt-0 last:pb-0 sm:grid sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] sm:gap-4"
        >
          <dt className="text-quiet">{fact.name}</dt>
          <dd className="min-w-0 wrap-break-word">{fact.value}</dd>
        </div>
      ))}
    </dl>
  )
}

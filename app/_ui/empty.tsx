import type { ReactNode } from 'react'

/** Nothing here yet: says so kindly, and what to do next. */
export function Empty(props: {
  readonly icon?: ReactNode
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}): ReactNode {
  return (
    <div className="flex flex-col items-center rounded-2xl border border-dashed border-line-strong/60 px-6 py-10 text-center">
      {props.icon !== undefined && (
        <span className="mb-4 flex size-12 items-center justify-center rounded-full bg-accent-soft text-accent-text">
          {props.icon}
        </span>
      )}
      <p className="font-semibold">{props.title}</p>
      {props.children !== undefined && <div className="mt-1 max-w-prose text-quiet">{props.children}</div>}
      {props.action !== undefined && <div className="mt-6">{props.action}</div>}
    </div>
  )
}

import type { ReactNode } from 'react'
import { StepBar } from '@/app/_ui/steps'

type HeadingProps = {
  readonly children: ReactNode
  /** "Step 2 of 3", already translated, with the numbers for the bar. */
  readonly step?: { readonly now: number; readonly of: number; readonly text: string } | undefined
  /** One or two sentences: what happens here, why, and what comes next. */
  readonly lead?: ReactNode
}

/** The one heading of a page: says what happens here. Takes focus after navigation. */
export function Heading({ children, step, lead }: HeadingProps): ReactNode {
  return (
    <header className="mb-8">
      {step && <StepBar {...step} />}
      <h1
        tabIndex={-1}
        className="text-[1.75rem] leading-tight font-semibold tracking-tight sm:text-4xl sm:leading-[1.15]"
      >
        {children}
      </h1>
      {lead !== undefined && <div className="mt-4 max-w-prose text-lg text-quiet">{lead}</div>}
    </header>
  )
}

/** A heading inside a page. */
export function Subheading(props: { readonly children: ReactNode; readonly id?: string }): ReactNode {
  return (
    <h2 id={props.id} className="mt-12 mb-4 text-xl font-semibold tracking-tight first:mt-0">
      {props.children}
    </h2>
  )
}

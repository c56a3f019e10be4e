import type { ReactNode } from 'react'

/** Where in a journey a page stands: the words, and a bar for the eye. */
export function StepBar(props: {
  readonly now: number
  readonly of: number
  readonly text: string
}): ReactNode {
  return (
    <div className="mb-4">
      <p className="text-sm font-medium text-accent-text">{props.text}</p>
      <div aria-hidden="true" className="mt-2 flex max-w-40 gap-1.5">
        {Array.from({ length: props.of }, (_, index) => index + 1).map((number) => (
          <span
            key={number}
            className={`h-1 flex-1 rounded-full ${number <= props.now ? 'bg-accent' : 'bg-line'}`}
          />
        ))}
      </div>
    </div>
  )
}

type StepText = { readonly title: string; readonly text: string }

/** Steps that lie ahead, told as an ordered list. */
export function Steps({ steps }: { readonly steps: readonly StepText[] }): ReactNode {
  return (
    <ol className="grid gap-8 sm:grid-cols-3 sm:gap-6">
      {steps.map((step, index) => (
        <li key={step.title} className="flex gap-4 sm:flex-col sm:gap-3">
          <span
            aria-hidden="true"
            className="flex size-9 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent-text"
          >
            {index + 1}
          </span>
          <div>
            <h3 className="text-lg font-semibold">{step.title}</h3>
            <p className="mt-1 text-quiet">{step.text}</p>
          </div>
        </li>
      ))}
    </ol>
  )
}

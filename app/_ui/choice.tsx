import type { ReactNode } from 'react'

type ChoiceProps = {
  readonly name: string
  readonly value: string
  readonly label: ReactNode
  /** What choosing it means, in plain words. */
  readonly hint?: ReactNode
  readonly defaultChecked?: boolean
  readonly required?: boolean
  readonly disabled?: boolean
}

/** One of several: a radio button with a whole card to tap. */
export function Choice(props: ChoiceProps): ReactNode {
  return <Option type="radio" {...props} />
}

/** Yes or no: a checkbox with a whole card to tap. */
export function Checkbox(props: ChoiceProps): ReactNode {
  return <Option type="checkbox" {...props} />
}

/** Choices that answer one question. `error` says what is missing. */
export function Choices(props: {
  readonly legend: ReactNode
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly children: ReactNode
}): ReactNode {
  return (
    <fieldset className="mb-8">
      <legend className="mb-1 text-lg font-semibold">{props.legend}</legend>
      {props.hint !== undefined && <div className="mb-3 text-quiet">{props.hint}</div>}
      {props.error && <p className="mb-3 font-medium text-danger">{props.error}</p>}
      <div className="mt-3 grid gap-2">{props.children}</div>
    </fieldset>
  )
}

function Option(props: ChoiceProps & { readonly type: 'radio' | 'checkbox' }): ReactNode {
  const { type, label, hint, ...input } = props
  const id = `${props.name}-${props.value}`
  return (
    <label
      htmlFor={id}
      className="flex min-h-12 cursor-pointer items-start gap-4 rounded-xl border border-line bg-surface px-4 py-2.5 transition-colors hover:border-line-strong has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-3 has-focus-visible:outline-offset-3 has-focus-visible:outline-accent-text has-disabled:cursor-default has-disabled:opacity-60"
    >
      <input
        id={id}
        type={type}
        aria-describedby={hint !== undefined ? `${id}-hint` : undefined}
        className="mt-0.5 size-6 shrink-0 accent-accent focus-visible:outline-none"
        {...input}
      />
      <span className="min-w-0">
        <span className="block font-medium">{label}</span>
        {hint !== undefined && (
          <span id={`${id}-hint`} className="block text-sm text-quiet">
            {hint}
          </span>
        )}
      </span>
    </label>
  )
}

import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

type Described = {
  readonly name: string
  readonly label: string
  /** What to enter and where to find it. */
  readonly hint?: ReactNode
  /** What is wrong and how to mend it. */
  readonly error?: string | undefined
}

type FieldProps = Described & {
  readonly type?: 'text' | 'email' | 'tel' | 'search' | 'date' | 'number'
  readonly defaultValue?: string | undefined
  readonly required?: boolean
  /** `off` for codes; see the HTML autofill names otherwise. */
  readonly autoComplete?: string
  readonly inputMode?: 'text' | 'numeric' | 'search' | 'email' | 'tel'
  readonly maxLength?: number
  /** Wide letters, for codes that are typed from paper. */
  readonly code?: boolean
  /** Several lines. */
  readonly rows?: number
  /** Width in characters where the answer has a known length. */
  readonly width?: 'short' | 'full'
}

/** A labelled text field with hint and error, tied together for screen readers. */
export function Field(props: FieldProps): ReactNode {
  const { name, label, hint, error, code = false, rows, width = 'full', ...rest } = props
  const look = `${inputClass} ${width === 'short' ? 'max-w-48' : ''} ${error ? 'border-danger border-2' : 'border-line-strong'} ${
    code ? 'font-mono text-xl tracking-[0.12em] uppercase placeholder:normal-case' : ''
  }`
  const shared = {
    id: name,
    name,
    className: look,
    'aria-invalid': error ? true : undefined,
    'aria-describedby': describedBy(props),
    ...(code ? { spellCheck: false, autoCapitalize: 'characters', autoCorrect: 'off' } : {}),
  }
  return (
    <div className="mb-6">
      <label htmlFor={name} className="mb-1.5 block font-medium">
        {label}
      </label>
      <Explained {...props} />
      {rows ? <textarea rows={rows} {...shared} {...rest} /> : <input {...shared} {...rest} />}
    </div>
  )
}

/** A labelled choice out of a list that is too long for radio buttons. */
export function Select(
  props: Described & {
    readonly options: readonly { readonly value: string; readonly label: string }[]
    readonly defaultValue?: string | undefined
    readonly required?: boolean
    /** Shown while nothing is chosen, so that nothing is chosen by accident. */
    readonly placeholder?: string
  },
): ReactNode {
  return (
    <div className="mb-6">
      <label htmlFor={props.name} className="mb-1.5 block font-medium">
        {props.label}
      </label>
      <Explained {...props} />
      <select
        id={props.name}
        name={props.name}
        defaultValue={props.defaultValue}
        required={props.required}
        aria-invalid={props.error ? true : undefined}
        aria-describedby={describedBy(props)}
        className={`${inputClass} ${props.error ? 'border-danger border-2' : 'border-line-strong'}`}
      >
        {props.placeholder !== undefined && <option value="">{props.placeholder}</option>}
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

/** Several fields that make one answer, such as a date in three parts. Give the parts `PartField`s. */
export function FieldGroup(props: Described & { readonly children: ReactNode }): ReactNode {
  return (
    <fieldset className="mb-6" aria-describedby={describedBy(props)}>
      <legend className="mb-1.5 font-medium">{props.label}</legend>
      <Explained {...props} />
      <div className="flex flex-wrap gap-4">{props.children}</div>
    </fieldset>
  )
}

/** One short part of a `FieldGroup`: day, month, year. */
export function PartField(
  props: Pick<
    FieldProps,
    'name' | 'label' | 'defaultValue' | 'required' | 'autoComplete' | 'inputMode' | 'maxLength'
  > & {
    readonly isWrong?: boolean
    readonly isWide?: boolean
  },
): ReactNode {
  const { isWrong = false, isWide = false, label, name, ...rest } = props
  return (
    <div className={isWide ? 'w-28' : 'w-20'}>
      <label htmlFor={name} className="mb-1 block text-sm text-quiet">
        {label}
      </label>
      <input
        id={name}
        name={name}
        aria-invalid={isWrong ? true : undefined}
        className={`${inputClass} text-lg ${isWrong ? 'border-danger border-2' : 'border-line-strong'}`}
        {...rest}
      />
    </div>
  )
}

const inputClass =
  'block min-h-12 w-full rounded-xl border bg-surface px-4 py-2 text-base text-ink placeholder:text-quiet'

function Explained({ name, hint, error }: Described): ReactNode {
  return (
    <>
      {hint !== undefined && (
        <div id={`${name}-hint`} className="mb-2 text-sm text-quiet">
          {hint}
        </div>
      )}
      {error && (
        <p id={`${name}-error`} className="mb-2 flex items-start gap-2 text-sm font-medium text-danger">
          <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
          {error}
        </p>
      )}
    </>
  )
}

function describedBy({ name, hint, error }: Described): string | undefined {
  const ids = [hint !== undefined && `${name}-hint`, error && `${name}-error`].filter(Boolean)
  return ids.length > 0 ? ids.join(' ') : undefined
}

import type { ReactNode } from 'react'
import { SubmitButton } from '@/app/_ui/submit-button'

/** How much a button asks for: one primary on a page; `danger` ends something; `quiet` looks like a link. */
export type ButtonVariant = 'primary' | 'secondary' | 'danger' | 'quiet'

type Look = {
  readonly variant?: ButtonVariant
  /** Beside rows of a list, where a full-size button would shout. */
  readonly small?: boolean
  /** As wide as its container, on every screen. */
  readonly wide?: boolean
}

type ButtonProps = Look & {
  readonly children: ReactNode
  /** Renders a link instead of a submit button. */
  readonly href?: string
  readonly name?: string
  readonly value?: string
  /** Posts to another address than the form's. */
  readonly formAction?: string | ((form: FormData) => void | Promise<void>)
  /** Lets the form be sent although fields are empty: going back, declining. */
  readonly formNoValidate?: boolean
  /** What the button does, where its text alone does not say to what. */
  readonly label?: string
}

/** A button that submits its form, or a link that looks like one. */
export function Button(props: ButtonProps): ReactNode {
  const { children, href, label, variant, small, wide, ...rest } = props
  const className = buttonClass({
    ...(variant ? { variant } : {}),
    ...(small ? { small } : {}),
    ...(wide ? { wide } : {}),
  })
  if (href !== undefined)
    return (
      <a href={href} className={className} aria-label={label}>
        {children}
      </a>
    )
  return (
    <SubmitButton className={className} label={label} {...rest}>
      {children}
    </SubmitButton>
  )
}

/** The classes of a button, for the rare element that has to be its own (a client component). */
export function buttonClass({ variant = 'primary', small = false, wide = false }: Look = {}): string {
  const size = small ? 'min-h-10 px-4 text-sm' : 'min-h-12 px-6 text-base'
  const width = wide ? 'w-full' : small ? '' : 'w-full sm:w-auto'
  return `${base} ${size} ${width} ${looks[variant]}`
}

/** Buttons side by side on wide screens, stacked on phones; each as wide as the other on phones. */
export function Buttons({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <div className="mt-8 flex flex-col gap-3 sm:flex-row sm:flex-wrap sm:items-center print:hidden">
      {children}
    </div>
  )
}

const base =
  'inline-flex items-center justify-center gap-2 rounded-xl py-2 text-center font-semibold no-underline transition-colors cursor-pointer disabled:cursor-progress disabled:opacity-70 print:hidden'

const looks: Readonly<Record<ButtonVariant, string>> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-line-strong bg-surface text-ink hover:bg-sunken',
  danger: 'bg-danger text-on-danger hover:bg-danger-strong',
  quiet: 'text-accent-text underline underline-offset-4 decoration-1 hover:decoration-2',
}

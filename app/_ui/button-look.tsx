import type { ReactNode } from 'react'

/** How much a button asks for: one primary on a page; `danger` ends something; `quiet` looks like a link. */
type ButtonVariant = 'primary' | 'secondary' | 'danger' | 'quiet'

/** How a button looks. */
export type ButtonLook = {
  readonly variant?: ButtonVariant
  /** Beside rows of a list, where a full-size button would shout. */
  readonly small?: boolean
  /** As wide as its container, on every screen. */
  readonly wide?: boolean
}

/** The classes of a button, for the rare element that has to be its own (a client component). */
export function buttonClass({ variant = 'primary', small = false, wide = false }: ButtonLook = {}): string {
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

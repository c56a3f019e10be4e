'use client'

import type { ReactNode } from 'react'
import { useFormStatus } from 'react-dom'

type SubmitButtonProps = {
  readonly children: ReactNode
  readonly className: string
  readonly label?: string | undefined
  readonly name?: string
  readonly value?: string
  readonly formAction?: string | ((form: FormData) => void | Promise<void>)
  readonly formNoValidate?: boolean
}

/** A submit button that shows, where scripts run, that its form is on the way and cannot be sent twice. */
export function SubmitButton({ children, className, label, ...rest }: SubmitButtonProps): ReactNode {
  const { pending } = useFormStatus()
  return (
    <button type="submit" className={className} aria-label={label} disabled={pending} {...rest}>
      {pending && (
        <span
          aria-hidden="true"
          className="size-5 animate-spin rounded-full border-2 border-current border-e-transparent motion-reduce:hidden"
        />
      )}
      {children}
    </button>
  )
}

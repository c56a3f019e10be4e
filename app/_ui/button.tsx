import type { ReactNode } from 'react'
import { type ButtonLook, buttonClass } from '@/app/_ui/button-look'
import { SubmitButton } from '@/app/_ui/submit-button'

type ButtonProps = ButtonLook & {
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

'use client'

import { type ReactNode, useActionState } from 'react'
import { Button } from '@/app/_ui/button'
import { Choice, Choices } from '@/app/_ui/choice'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { type ConfirmState, confirmPerson } from '@/app/staff/charts/confirm-person-actions'

type Option = { readonly value: string; readonly label: string }

type ConfirmPersonProps = {
  readonly handle: string
  readonly token: string
  readonly people: readonly Option[]
  readonly identifications: readonly Option[]
  /** `code` holds `{time}` to be filled in. */
  readonly words: Readonly<Record<'who' | 'identification' | 'incomplete' | 'make' | 'code', string>> & {
    readonly refused: Readonly<Record<string, string>>
  }
}

/** Who stands here and what was seen of them; the answer shows a code, once, to be read out. */
export function ConfirmPerson(props: ConfirmPersonProps): ReactNode {
  const { handle, token, people, identifications, words } = props
  const [state, act] = useActionState<ConfirmState, FormData>(confirmPerson, { outcome: 'idle' })
  if (state.outcome === 'issued')
    return (
      <div role="status">
        <p
          className="my-4 font-mono text-2xl font-semibold tracking-widest whitespace-nowrap"
          dir="ltr"
          translate="no"
          data-testid="confirm-code"
        >
          {state.code}
        </p>
        <p>{words.code.replace('{time}', state.until)}</p>
      </div>
    )
  return (
    <form action={act}>
      {state.outcome === 'refused' && <Notice tone="problem">{words.refused[state.reason]}</Notice>}
      {state.outcome === 'incomplete' && <Notice tone="problem">{words.incomplete}</Notice>}
      <FormToken token={token} />
      <input type="hidden" name="chart" value={handle} />
      <Choices legend={words.who}>
        {people.map((one) => (
          <Choice key={one.value} name="link" required {...one} />
        ))}
      </Choices>
      <Choices legend={words.identification}>
        {identifications.map((one) => (
          // another name than in the form for codes beside it: names make the ids of fields
          <Choice key={one.value} name="seen" required {...one} />
        ))}
      </Choices>
      <Button variant="secondary">{words.make}</Button>
    </form>
  )
}

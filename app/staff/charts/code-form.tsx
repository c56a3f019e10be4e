'use client'

import { type ReactNode, useActionState } from 'react'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Choice, Choices } from '@/app/_ui/choice'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { ScreenOnly } from '@/app/_ui/print'
import { type IssueState, issue } from '@/app/staff/charts/actions'
import { PrintButton } from '@/app/staff/charts/print-button'

type Option = { readonly value: string; readonly label: string; readonly hint?: string }

/** Words of the form and of the slip; `slipUntil` holds `{date}` to be filled in. */
export type CodeFormWords = Readonly<
  Record<
    | 'who'
    | 'identification'
    | 'issueNow'
    | 'incomplete'
    | 'codeTitle'
    | 'slipTitle'
    | 'slipHow'
    | 'slipBirthDate'
    | 'slipHelp'
    | 'qr'
    | 'print'
    | 'noContact',
    string
  >
> & { readonly slipUntil: string; readonly refused: Readonly<Record<string, string>> }

type CodeFormProps = {
  readonly handle: string
  readonly token: string
  readonly people: readonly Option[]
  /** How someone who acts for the patient is written down. */
  readonly proxyReceiver: 'parent-in-person' | 'representative-in-person'
  readonly identifications: readonly Option[]
  readonly words: CodeFormWords
}

/** Two questions, one button; the answer to the post shows the code, once, ready to print. */
export function CodeForm(props: CodeFormProps): ReactNode {
  const { handle, token, people, proxyReceiver, identifications, words } = props
  const [state, act] = useActionState<IssueState, FormData>(issue, { outcome: 'idle' })
  if (state.outcome === 'issued') return <Slip issued={state} words={words} />
  return (
    <form action={act}>
      {state.outcome === 'refused' && <Notice tone="problem">{words.refused[state.reason]}</Notice>}
      {state.outcome === 'incomplete' && <Notice tone="problem">{words.incomplete}</Notice>}
      <FormToken token={token} />
      {/* a field, not a bound argument: with one, the post without scripts never ends */}
      <input type="hidden" name="chart" value={handle} />
      <input type="hidden" name="receivedBy" value={proxyReceiver} />
      <Choices legend={words.who}>
        {people.map((one) => (
          <Choice key={one.value} name="who" required {...one} />
        ))}
      </Choices>
      <Choices legend={words.identification}>
        {identifications.map((one) => (
          <Choice key={one.value} name="identification" required {...one} />
        ))}
      </Choices>
      <Button>{words.issueNow}</Button>
    </form>
  )
}

function Slip(props: {
  readonly issued: Extract<IssueState, { outcome: 'issued' }>
  readonly words: CodeFormWords
}): ReactNode {
  const { issued, words } = props
  return (
    <div role="status">
      <ScreenOnly>
        <p className="mb-4 font-medium">{words.codeTitle}</p>
        {!issued.hasContact && <Notice tone="warning">{words.noContact}</Notice>}
      </ScreenOnly>
      <div className="rounded-2xl border border-dashed border-line-strong p-6">
        <p className="text-lg font-semibold">{words.slipTitle}</p>
        <p
          className="my-4 font-mono text-lg font-semibold tracking-wide whitespace-nowrap sm:text-3xl sm:tracking-widest"
          dir="ltr"
          translate="no"
        >
          {issued.code}
        </p>
        {/* biome-ignore lint/performance/noImgElement: a picture made for this answer, not a file */}
        <img
          src={issued.picture}
          alt={words.qr}
          width={176}
          height={176}
          className="rounded-lg bg-white p-1"
        />
        <p className="mt-4">{words.slipHow}</p>
        <p>{words.slipBirthDate}</p>
        <p>{words.slipUntil.replace('{date}', issued.until)}</p>
        <p className="mt-2 text-quiet">{words.slipHelp}</p>
      </div>
      <Buttons>
        <PrintButton>{words.print}</PrintButton>
      </Buttons>
    </div>
  )
}

'use client'

import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { type ReactNode, useId, useState, useSyncExternalStore } from 'react'
import { buttonClass } from '@/app/_ui/button-look'
import { Notice } from '@/app/_ui/notice'

type CreationOptions = Parameters<typeof startRegistration>[0]['optionsJSON']
type RequestOptions = Parameters<typeof startAuthentication>[0]['optionsJSON']

/** What the button asks the server for and gives it: server actions, each with the page's token. */
export type PasskeyWork =
  | {
      readonly kind: 'make'
      readonly ask: (token: string) => Promise<CreationOptions | undefined>
      readonly take: (token: string, answer: unknown, name: string) => Promise<boolean>
      /** The field in which its owner names it, where that is asked. */
      readonly name?: { readonly label: string; readonly hint: string; readonly initial: string }
    }
  | {
      readonly kind: 'prove'
      readonly ask: (token: string) => Promise<RequestOptions | undefined>
      readonly take: (token: string, answer: unknown) => Promise<boolean>
    }

type PasskeyButtonProps = {
  readonly work: PasskeyWork
  readonly token: string
  /** Where to go once it is proven: a path checked already. */
  readonly to: string
  readonly words: {
    readonly button: string
    readonly waiting: string
    readonly failed: string
    readonly notSupported: string
  }
}

/**
 * Asks the browser for a passkey: the one thing on these pages that no form can do. Until the script that asks is there
 * the button can't be pressed, so that no press is lost.
 */
export function PasskeyButton({ work, token, to, words }: PasskeyButtonProps): ReactNode {
  const [state, setState] = useState<'ready' | 'waiting' | 'failed' | 'not-supported'>('ready')
  const isAwake = useSyncExternalStore(
    neverChanges,
    () => true,
    () => false,
  )
  const named = work.kind === 'make' ? work.name : undefined
  const [name, setName] = useState(named?.initial ?? '')
  const run = async (): Promise<void> => {
    if (!browserSupportsWebAuthn()) return setState('not-supported')
    setState('waiting')
    try {
      if (await passOn(work, token, name)) location.assign(to)
      else setState('failed')
    } catch {
      setState('failed')
    }
  }
  return (
    <>
      {(state === 'failed' || state === 'not-supported') && (
        <Notice tone="problem">{state === 'failed' ? words.failed : words.notSupported}</Notice>
      )}
      {named && <NameField {...named} name={name} change={setName} />}
      <button
        type="button"
        className={buttonClass()}
        onClick={run}
        disabled={!isAwake || state === 'waiting'}
      >
        {state === 'waiting' ? words.waiting : words.button}
      </button>
    </>
  )
}

function neverChanges(): () => void {
  return () => undefined
}

function NameField(props: {
  readonly label: string
  readonly hint: string
  readonly name: string
  readonly change: (name: string) => void
}): ReactNode {
  const id = useId()
  return (
    <div className="mb-6 max-w-md">
      <label htmlFor={id} className="mb-1.5 block font-medium">
        {props.label}
      </label>
      <p id={`${id}-hint`} className="mb-2 text-sm text-quiet">
        {props.hint}
      </p>
      <input
        id={id}
        aria-describedby={`${id}-hint`}
        value={props.name}
        onChange={(event) => props.change(event.target.value)}
        maxLength={60}
        autoComplete="off"
        className="block min-h-12 w-full rounded-xl border border-line-strong bg-surface px-4 py-2 text-base text-ink"
      />
    </div>
  )
}

/** From the server's question through the authenticator to the server's answer. */
async function passOn(work: PasskeyWork, token: string, name: string): Promise<boolean> {
  if (work.kind === 'make') {
    const options = await work.ask(token)
    return options !== undefined && work.take(token, await startRegistration({ optionsJSON: options }), name)
  }
  const options = await work.ask(token)
  return options !== undefined && work.take(token, await startAuthentication({ optionsJSON: options }))
}

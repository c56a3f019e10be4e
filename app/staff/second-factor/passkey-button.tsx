'use client'

import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { type ReactNode, useState, useSyncExternalStore } from 'react'
import { buttonClass } from '@/app/_ui/button'
import { Notice } from '@/app/_ui/notice'
import { askToProve, askToRegister, prove, register } from '@/app/staff/second-factor/actions'

type PasskeyButtonProps = {
  readonly step: 'use-passkey' | 'register-passkey'
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
export function PasskeyButton({ step, token, to, words }: PasskeyButtonProps): ReactNode {
  const [state, setState] = useState<'ready' | 'waiting' | 'failed' | 'not-supported'>('ready')
  const isAwake = useSyncExternalStore(
    neverChanges,
    () => true,
    () => false,
  )
  const run = async (): Promise<void> => {
    if (!browserSupportsWebAuthn()) return setState('not-supported')
    setState('waiting')
    try {
      const isProven = step === 'use-passkey' ? await proveOne(token) : await makeOne(token)
      if (isProven) location.assign(to)
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

async function makeOne(token: string): Promise<boolean> {
  const options = await askToRegister(token)
  return options !== undefined && register(token, await startRegistration({ optionsJSON: options }))
}

async function proveOne(token: string): Promise<boolean> {
  const options = await askToProve(token)
  return options !== undefined && prove(token, await startAuthentication({ optionsJSON: options }))
}

'use client'

import { type ReactNode, useActionState } from 'react'
import { Button } from '@/app/_ui/button'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { giveSecret, type SecretState } from '@/app/staff/apps/actions'

type SecretFormProps = {
  readonly app: string
  readonly token: string
  readonly words: Readonly<Record<'give' | 'once' | 'expired' | 'none', string>>
}

/** One button; the answer to the post shows the new secret, once. */
export function SecretForm({ app, token, words }: SecretFormProps): ReactNode {
  const [state, act] = useActionState<SecretState, FormData>(giveSecret, { outcome: 'idle' })
  if (state.outcome === 'issued')
    return (
      <Notice tone="success" title={words.once}>
        <code className="block font-mono wrap-anywhere select-all">{state.secret}</code>
      </Notice>
    )
  return (
    <form action={act}>
      {(state.outcome === 'expired' || state.outcome === 'none') && (
        <Notice tone="problem">{words[state.outcome]}</Notice>
      )}
      <FormToken token={token} />
      <input type="hidden" name="app" value={app} />
      <Button variant="secondary">{words.give}</Button>
    </form>
  )
}

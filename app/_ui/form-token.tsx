import type { ReactNode } from 'react'

/** The name of the field that carries a form's token. */
export const formTokenField = 'form_token'

/** The hidden field that proves a form was made by us: `token` comes from `issueFormToken(purpose, holder, now)`. */
export function FormToken({ token }: { readonly token: string }): ReactNode {
  return <input type="hidden" name={formTokenField} value={token} />
}

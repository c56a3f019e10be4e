import type { ReactNode } from 'react'

/** Seen on screens only. */
export function ScreenOnly({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="print:hidden">{children}</div>
}

import type { ReactNode } from 'react'

/** Seen on paper only. */
export function PrintOnly({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="hidden print:block">{children}</div>
}

/** Seen on screens only. */
export function ScreenOnly({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="print:hidden">{children}</div>
}

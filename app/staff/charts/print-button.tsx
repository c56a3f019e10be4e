'use client'

import { Printer } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from '@/app/_ui/button-look'

/** Opens the browser's print dialogue. Without scripts the browser's own menu prints the same page. */
export function PrintButton({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <button type="button" className={buttonClass()} onClick={() => window.print()}>
      <Printer aria-hidden="true" className="size-5" />
      {children}
    </button>
  )
}

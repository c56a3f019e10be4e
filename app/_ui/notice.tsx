import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

/** What a notice is: something to know, something done, something to mind, something that went wrong. */
export type NoticeTone = 'info' | 'success' | 'warning' | 'problem'

type NoticeProps = {
  readonly tone?: NoticeTone
  readonly title?: ReactNode
  readonly children?: ReactNode
}

/**
 * A message set apart. A problem is announced and takes focus, for it answers what the person just did; a success is
 * announced politely; the others are part of the page.
 */
export function Notice({ tone = 'info', title, children }: NoticeProps): ReactNode {
  const { Icon, look, mark } = looks[tone]
  return (
    <div
      className={`mb-8 flex gap-3 rounded-xl border px-4 py-4 sm:px-5 ${look}`}
      {...(tone === 'problem' ? { role: 'alert', tabIndex: -1, 'data-takes-focus': true } : {})}
      {...(tone === 'success' ? { role: 'status' } : {})}
    >
      <Icon aria-hidden="true" className={`mt-0.5 size-5 shrink-0 ${mark}`} />
      <div className="min-w-0 space-y-1.5">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        {children !== undefined && <div className="space-y-2">{children}</div>}
      </div>
    </div>
  )
}

const looks = {
  info: { Icon: Info, look: 'border-line bg-sunken', mark: 'text-quiet' },
  success: { Icon: CircleCheck, look: 'border-success/30 bg-success-soft', mark: 'text-success' },
  warning: { Icon: TriangleAlert, look: 'border-warning/30 bg-warning-soft', mark: 'text-warning' },
  problem: { Icon: CircleAlert, look: 'border-danger/30 bg-danger-soft', mark: 'text-danger' },
} as const

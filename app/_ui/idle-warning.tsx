'use client'

import { type ReactNode, useEffect, useState } from 'react'
import { buttonClass } from '@/app/_ui/button-look'

type IdleWarningProps = {
  readonly kind: 'patient' | 'staff'
  /** Seconds without a request after which the server ends the session. */
  readonly idleSeconds: number
  /** Where to go when it has ended: what is on the screen is not for the next person. */
  readonly signInAddress: string
  readonly words: { readonly text: string; readonly stay: string }
}

/** How long before the end the warning comes (WCAG 2.2 SC 2.2.1 asks for 20 seconds at least). */
const warningSeconds = 120

/**
 * Warns before a session ends for want of use, and leaves the page when it has. Tabs tell each other when they were last
 * used through localStorage, so that a forgotten tab neither ends nor prolongs the visit in another.
 */
export function IdleWarning({ kind, idleSeconds, signInAddress, words }: IdleWarningProps): ReactNode {
  const [isNear, setNear] = useState(false)
  const key = `vestibule.used.${kind}`

  useEffect(() => {
    noteUse(key)
    const look = setInterval(() => {
      const idle = (Date.now() - lastUse(key)) / 1000
      setNear(idle >= idleSeconds - warningSeconds)
      if (idle >= idleSeconds) leave(signInAddress)
    }, 1000)
    return () => clearInterval(look)
  }, [key, idleSeconds, signInAddress])

  if (!isNear) return null
  const stay = async (): Promise<void> => {
    const answer = await fetch(`/session/stay?kind=${kind}`, { method: 'POST' })
    if (!answer.ok) return leave(signInAddress)
    noteUse(key)
    setNear(false)
  }
  return (
    <div
      role="alert"
      className="fixed inset-x-4 bottom-4 z-20 mx-auto flex max-w-xl flex-wrap items-center justify-between gap-4 rounded-2xl border border-warning/40 bg-warning-soft p-5 shadow-card print:hidden"
    >
      <p className="font-medium">{words.text}</p>
      <button type="button" onClick={stay} className={buttonClass({ small: true })}>
        {words.stay}
      </button>
    </div>
  )
}

function leave(signInAddress: string): void {
  window.location.replace(`${signInAddress}?${new URLSearchParams({ to: window.location.pathname })}`)
}

function noteUse(key: string): void {
  localStorage.setItem(key, String(Date.now()))
}

function lastUse(key: string): number {
  return Number(localStorage.getItem(key)) || Date.now()
}

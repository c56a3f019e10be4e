import type { ReactNode } from 'react'

/** The picture of the first page: an open door with light falling through. Decoration only. */
export function Arch(): ReactNode {
  return (
    <svg
      viewBox="0 0 320 360"
      aria-hidden="true"
      className="mx-auto hidden w-full max-w-80 text-accent-text lg:block"
    >
      <path d="M20 350V160a140 140 0 0 1 280 0v190Z" fill="currentColor" opacity=".07" />
      <path d="M60 350V170a100 100 0 0 1 200 0v180Z" fill="currentColor" opacity=".1" />
      <path d="M100 350V180a60 60 0 0 1 120 0v170Z" className="fill-surface" />
      <path d="M100 350V180a60 60 0 0 1 60-60l-24 44v186Z" fill="currentColor" />
      <circle cx="127" cy="246" r="4" className="fill-surface" />
      <path d="M136 350 268 350 220 300V226Z" fill="currentColor" opacity=".12" />
      <path d="M4 350h312" stroke="currentColor" strokeWidth="3" strokeLinecap="round" />
    </svg>
  )
}

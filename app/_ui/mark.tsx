import type { ReactNode } from 'react'

/** The mark of the product where a clinic has given no logo: a door standing open in an arch. */
export function Mark({ className = 'size-8' }: { readonly className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={`text-accent-text ${className}`}>
      <path
        d="M6 28V14a10 10 0 0 1 20 0v14"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinecap="round"
      />
      <path d="M11 28V14.5a5 5 0 0 1 5-5v18.5Z" fill="currentColor" />
      <path d="M3 28h26" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  )
}

/** A picture from configuration. Always decoration: the name stands beside it as text. */
export function Picture(props: { readonly src: string; readonly className: string }): ReactNode {
  // biome-ignore lint/performance/noImgElement: a logo is small and may be an SVG, which next/image refuses
  return <img src={props.src} alt="" className={props.className} />
}

/** The picture of an app, or the first letter of its name. */
export function Emblem(props: { readonly name: string; readonly logo?: string | undefined }): ReactNode {
  if (props.logo) return <Picture src={props.logo} className="size-12 shrink-0 rounded-xl object-contain" />
  return (
    <span
      aria-hidden="true"
      className="flex size-12 shrink-0 items-center justify-center rounded-xl bg-accent-soft text-xl font-semibold text-accent-text"
    >
      {[...props.name.trim()][0]?.toUpperCase() ?? ''}
    </span>
  )
}

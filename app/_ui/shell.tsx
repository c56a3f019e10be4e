import type { ReactNode } from 'react'
import { Mark, Picture } from '@/app/_ui/mark'
import { Phone } from '@/app/_ui/phone'

type ShellProps = {
  readonly brand: {
    readonly name: string
    readonly logo?: string | undefined
    readonly phone: string
    readonly website: string
  }
  readonly words: {
    readonly skip: string
    readonly help: string
    readonly account: string
    readonly website: string
  }
  /** The languages that can be switched to, each in its own words. */
  readonly languages: readonly { readonly code: string; readonly name: string; readonly label: string }[]
  readonly children: ReactNode
}

/** The frame of every page: the clinic's name, the way to another language, the page, and whom to call. */
export function Shell({ brand, words, languages, children }: ShellProps): ReactNode {
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only rounded-xl bg-accent font-semibold text-on-accent focus:not-sr-only focus:absolute focus:start-4 focus:top-2 focus:z-10 focus:px-5 focus:py-3"
      >
        {words.skip}
      </a>
      <header className="border-b border-line bg-surface print:border-0">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-6 gap-y-1 px-5 py-2 sm:px-8">
          <a href="/" className="flex min-h-11 items-center gap-3 font-semibold text-ink no-underline">
            {brand.logo ? (
              <Picture src={brand.logo} className="h-8 w-auto max-w-32" />
            ) : (
              <Mark className="size-7 shrink-0" />
            )}
            <span>{brand.name}</span>
          </a>
          {languages.length > 0 && <LanguageSwitch languages={languages} />}
        </div>
      </header>
      {children}
      <footer className="mt-auto border-t border-line print:hidden">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-8 gap-y-2 px-5 py-6 text-sm text-quiet sm:px-8">
          <p>
            {words.help} <Phone number={brand.phone} />
          </p>
          <ul className="flex flex-wrap gap-x-6 gap-y-1">
            <li>
              <a href="/account" className={footerLink}>
                {words.account}
              </a>
            </li>
            <li>
              <a href={brand.website} className={footerLink} rel="noreferrer">
                {words.website}
              </a>
            </li>
          </ul>
        </div>
      </footer>
    </div>
  )
}

function LanguageSwitch({ languages }: Pick<ShellProps, 'languages'>): ReactNode {
  return (
    <form action="/language" method="post" className="flex flex-wrap gap-1 print:hidden">
      {languages.map((language) => (
        <button
          key={language.code}
          type="submit"
          name="language"
          value={language.code}
          lang={language.code}
          aria-label={language.label}
          className="inline-flex min-h-11 cursor-pointer items-center rounded-lg px-3 text-sm font-medium text-accent-text hover:bg-sunken"
        >
          {language.name}
        </button>
      ))}
    </form>
  )
}

const footerLink =
  'inline-flex min-h-11 items-center text-quiet underline decoration-1 underline-offset-4 hover:text-ink'

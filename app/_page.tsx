import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Heading } from '@/app/_ui/heading'
import { VisitWarning } from '@/app/_visit'
import { config } from '@/lib/config/config'

type PageProps = {
  /** What happens on this page: the heading and, with the clinic's name, the title of the window. */
  readonly title: string
  /** Another text for the heading, where it says more than the window's title should. */
  readonly heading?: ReactNode
  /** Where in a journey the page stands. */
  readonly step?: { readonly now: number; readonly of: number }
  /** One or two sentences under the heading: why, and what comes next. */
  readonly lead?: ReactNode
  /** `narrow` for one decision, `wide` for lists, `full` for staff work. */
  readonly width?: 'narrow' | 'wide' | 'full'
  /** Above the heading: navigation between pages of one area, a way back. */
  readonly nav?: ReactNode
  /** The page needs a patient's session: warn before it ends for want of use. */
  readonly signedIn?: boolean
  readonly children?: ReactNode
}

/** A page inside the frame: window title, main landmark, heading, content. Every page is one of these. */
export async function Page(props: PageProps): Promise<ReactNode> {
  const { title, heading = title, step, lead, width = 'narrow', nav, signedIn, children } = props
  const { t } = await pageTranslator()
  const widths = { narrow: 'max-w-2xl', wide: 'max-w-4xl', full: 'max-w-6xl' }
  return (
    <main
      id="main"
      tabIndex={-1}
      className={`mx-auto w-full px-5 pt-8 pb-16 sm:px-8 sm:pt-14 sm:pb-24 ${widths[width]}`}
    >
      <title>{`${title} · ${config().brand.shortName}`}</title>
      {nav !== undefined && <div className="mb-8 print:hidden">{nav}</div>}
      <Heading step={step && { ...step, text: t('frame.step', step) }} lead={lead}>
        {heading}
      </Heading>
      {children}
      {signedIn && <VisitWarning kind="patient" />}
    </main>
  )
}

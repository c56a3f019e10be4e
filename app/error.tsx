'use client'

import type { ReactNode } from 'react'
import { Buttons, buttonClass } from '@/app/_ui/button-look'
import { Heading } from '@/app/_ui/heading'
import { useProblemWords } from '@/app/_ui/problem-words'

/** A page that broke: says so in the person's language, with the number to give on the phone and two ways on. */
export default function PageProblem({ retry }: { readonly retry: () => void }): ReactNode {
  const words = useProblemWords()
  if (!words) return null
  return (
    <main id="main" tabIndex={-1} className="mx-auto w-full max-w-2xl px-5 pt-8 pb-16 sm:px-8 sm:pt-14">
      <title>{words.title}</title>
      <Heading lead={words.text}>{words.title}</Heading>
      <p>{words.call}</p>
      <p className="mt-2 text-sm wrap-break-word text-quiet">{words.number}</p>
      <Buttons>
        <button type="button" onClick={retry} className={buttonClass()}>
          {words.retry}
        </button>
        <a href="/" className={buttonClass({ variant: 'secondary' })}>
          {words.home}
        </a>
      </Buttons>
    </main>
  )
}

'use client'

import { createContext, type ReactNode, useContext } from 'react'

/** What to say when a page breaks. An error boundary runs in the browser and cannot ask the server for words. */
export type ProblemWordsValue = {
  readonly title: string
  readonly text: string
  readonly call: string
  readonly number: string
  readonly retry: string
  readonly home: string
}

const Words = createContext<ProblemWordsValue | undefined>(undefined)

/** Puts the words within reach of every error boundary below. */
export function ProblemWords(props: {
  readonly words: ProblemWordsValue
  readonly children: ReactNode
}): ReactNode {
  return <Words value={props.words}>{props.children}</Words>
}

/** The words, in the language of the page that broke. */
export function useProblemWords(): ProblemWordsValue | undefined {
  return useContext(Words)
}

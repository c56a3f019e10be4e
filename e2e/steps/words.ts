import { readFileSync } from 'node:fs'
import path from 'node:path'
import type en from '../../messages/en.json'

export type Language = 'en' | 'es'
export type Words = typeof en

/** What the pages say in a language: stories press the buttons that a person of that language reads. */
export function wordsIn(language: Language): Words {
  const file = path.join(import.meta.dirname, `../../messages/${language}.json`)
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** A sentence with its blanks filled in. */
export function fill(sentence: string, blanks: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => blanks[name] ?? whole)
}

import { expect, test } from 'vitest'
import { messagesOf } from '@/lib/language/translate'

/** Words of patients' pages; staff and developers may be spoken to in longer sentences. */
const forStaff = ['staff', 'staffNav', 'stops']

test.each(Object.entries(messagesOf('en')).filter(([name]) => !forStaff.includes(name)))(
  'what patients read under "%s" can be read after six years of school',
  (_name, part) => {
    const sentences = listTexts(part).filter((text) => text.split(' ').length > 4)
    if (sentences.length > 0) expect(readingGrade(sentences)).toBeLessThanOrEqual(6)
    // one hard sentence hides among many easy ones; the formula is rough on few words, so it gets more room
    const long = sentences.filter((text) => text.split(' ').length >= 10 && !text.includes(', plural,'))
    expect(long.filter((text) => readingGrade([text]) > 9)).toEqual([])
  },
)

/** School years a text needs (Flesch-Kincaid grade level, U.S. Navy 1975). */
function readingGrade(texts: readonly string[]): number {
  const plain = texts.map((text) => text.replace(/<[^>]+>/g, '').replace(/\{[^}]+\}/g, 'Anna'))
  const sentences = plain.flatMap((text) => text.split(/[.?!]+/)).filter((part) => part.trim() !== '').length
  const words = plain.flatMap((text) => text.match(/[A-Za-z']+/g) ?? [])
  const syllables = words.reduce((sum, word) => sum + countSyllables(word), 0)
  return 0.39 * (words.length / sentences) + 11.8 * (syllables / words.length) - 15.59
}

function countSyllables(word: string): number {
  const groups = word.toLowerCase().match(/[aeiouy]+/g)?.length ?? 0
  const isSilent = /[^l]e$/i.test(word) && groups > 1
  return Math.max(1, isSilent ? groups - 1 : groups)
}

function listTexts(part: unknown): readonly string[] {
  if (typeof part === 'string') return [part]
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(listTexts) : []
}

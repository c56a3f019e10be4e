import { beforeAll, expect, test } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { chooseLanguage, messagesOf } from '@/lib/language/translate'
import { testConfig } from '@/test/test-config'

beforeAll(() => setConfig(testConfig()))

type Tree = { readonly [key: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[`${prefix}${key}`, value] as [string, string]]
      : flatten(value, `${prefix}${key}.`),
  )
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)(?=[},])|<(\w+)>/g)].map((m) => m[1] ?? m[2] ?? '').sort()

test('every sentence exists in every language, with the same placeholders, and is not just copied', () => {
  const english = new Map(flatten(messagesOf('en')))
  const spanish = new Map(flatten(messagesOf('es')))
  expect([...spanish.keys()].sort()).toEqual([...english.keys()].sort())
  for (const [key, text] of english)
    expect([key, placeholders(spanish.get(key) ?? '')]).toEqual([key, placeholders(text)])
  const copied = [...english].filter(([key, text]) => text.split(' ').length > 3 && spanish.get(key) === text)
  expect(copied).toEqual([])
})

test('no sentence a person reads uses the words of the trade', () => {
  const jargon = /\b(OAuth|FHIR|token|scope|client|authorize|subject|JWT|OIDC|redirect)\b/i
  const found = flatten(messagesOf('en')).filter(
    ([key, text]) => !key.startsWith('staff.') && jargon.test(text),
  )
  expect(found).toEqual([])
})

test.each([
  ['es', 'en-US', 'es'],
  [undefined, 'es-MX,en;q=0.8', 'es'],
  [undefined, 'fr-FR', 'en'],
  ['xx', null, 'en'],
])('chosen %j, browser %j → %j', (chosen, header, language) => {
  expect(chooseLanguage(chosen, header)).toBe(language)
})

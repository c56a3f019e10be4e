import { expect, type Page } from '@playwright/test'
import type { House } from '../house'
import { castMember } from './cast'
import { pressAndArrive } from './press'
import { signIn } from './sign-in'
import { type Language, wordsIn } from './words'

/**
 * Types a code and a birth date (`YYYY-MM-DD`), goes on and waits for the answer. It begins on a page that says nothing
 * yet, so that two tries with one answer are told apart.
 */
export async function enterCode(page: Page, code: string, birthDate: string): Promise<void> {
  await page.locator('input[name="code"]').waitFor()
  await forgetAnswer(page)
  const [year = '', month = '', day = ''] = birthDate.split('-')
  await page.locator('input[name="code"]').fill(code)
  await page.locator('input[name="month"]').fill(month)
  await page.locator('input[name="day"]').fill(day)
  await page.locator('input[name="year"]').fill(year)
  await pressAndArrive(page, page.locator('main form button[type="submit"]'))
}

async function forgetAnswer(page: Page): Promise<void> {
  const address = new URL(page.url())
  for (const name of ['problem', 'field', 'wait']) address.searchParams.delete(name)
  if (address.href !== page.url()) await page.goto(address.href)
}

/** "Yes, open this chart." The link is made, or refused, when this returns. */
export async function confirmChart(page: Page, language: Language = 'en'): Promise<void> {
  await pressAndArrive(page, page.getByRole('button', { name: wordsIn(language).link.confirm.yes }))
}

/** Signs in and opens her own chart with a fresh code from the clinic, without an app. */
export async function openOwnChart(page: Page, house: House, key: string, userName = key): Promise<void> {
  const code = await house.issueCode(key)
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await signIn(page, userName)
  await enterCode(page, code, castMember(key).birthDate)
  await confirmChart(page)
  await expect(page.getByRole('heading', { name: wordsIn('en').link.done.title })).toBeVisible()
}

/** A code that nobody was given: right in form, known to no one. */
export function madeUpCode(): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const letters = [...crypto.getRandomValues(new Uint8Array(15))].map((byte) => alphabet[byte % 32])
  return letters.join('')
}

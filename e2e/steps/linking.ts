import { expect, type Page } from '@playwright/test'
import type { House } from '../house'
import { castMember } from './cast'
import { signIn } from './sign-in'
import { type Language, wordsIn } from './words'

/** Types a code and a birth date (`YYYY-MM-DD`) and goes on. */
export async function enterCode(page: Page, code: string, birthDate: string): Promise<void> {
  const [year = '', month = '', day = ''] = birthDate.split('-')
  await page.locator('input[name="code"]').fill(code)
  await page.locator('input[name="month"]').fill(month)
  await page.locator('input[name="day"]').fill(day)
  await page.locator('input[name="year"]').fill(year)
  await page.locator('main form button[type="submit"]').click()
}

/** "Yes, open this chart." */
export async function confirmChart(page: Page, language: Language = 'en'): Promise<void> {
  await page.getByRole('button', { name: wordsIn(language).link.confirm.yes }).click()
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

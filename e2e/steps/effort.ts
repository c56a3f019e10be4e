import type { Page } from '@playwright/test'

/** What a visit asks of a person. */
export type Effort = {
  /** Pages that waited for the person, by origin and the shape of their path, in order. */
  readonly screens: string[]
  clicks: number
  /** Characters typed. */
  typed: number
}

/** Pages that go on by themselves, where nobody has to do anything. */
const passing = [/\/launch$/, /\/sign-in\/leave\//, /\/oauth\/authorize\/[^/]+\/leave$/]

/** Counts screens, clicks and typed characters from now on. */
export async function watchEffort(page: Page): Promise<Effort> {
  const effort: Effort = { screens: [], clicks: 0, typed: 0 }
  await page.exposeFunction('noteEffort', (what: 'clicks' | 'typed') => {
    effort[what] += 1
  })
  await page.addInitScript(() => {
    const note = (what: string): void => {
      const found: unknown = Reflect.get(window, 'noteEffort')
      if (typeof found === 'function') found(what)
    }
    // a key that presses a button makes a click event of its own, without a detail
    document.addEventListener('click', (event) => event.detail > 0 && note('clicks'), true)
    document.addEventListener('keydown', (event) => event.key.length === 1 && note('typed'), true)
  })
  page.on('framenavigated', (frame) => {
    const url = new URL(frame.url())
    if (frame !== page.mainFrame() || passing.some((pattern) => pattern.test(url.pathname))) return
    const screen = `${url.hostname} ${url.pathname.replace(/\/[\w-]{30,}$/, '/…')}`
    if (effort.screens.at(-1) !== screen) effort.screens.push(screen)
  })
  return effort
}

import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { createTransport } from 'nodemailer'
import { type RunningIdentityProvider, startIdentityProvider } from '../demo/identity-provider/server'
import { type RunningMailSink, startMailSink } from '../demo/mail/server'

let idp: RunningIdentityProvider
let mail: RunningMailSink

test.beforeAll(async () => {
  idp = await startIdentityProvider({ port: 0, brokerUrl: 'http://localhost:3999' })
  mail = await startMailSink({ smtpPort: 0, httpPort: 0 })
})
test.afterAll(async () => {
  await Promise.all([idp.close(), mail.close()])
})

function authorizeUrl(issuer: keyof RunningIdentityProvider['issuers'], prompt: string): string {
  const query = new URLSearchParams({
    client_id: 'vestibule',
    response_type: 'code',
    scope: 'openid',
    prompt,
    redirect_uri: `http://localhost:3999/api/auth/callback/${issuer}`,
    state: 'state',
    nonce: 'nonce',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return `${idp.issuers[issuer]}/auth?${query}`
}

async function check(page: Page, name: string): Promise<void> {
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  const { width } = page.viewportSize() ?? { width: 0 }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  await page.screenshot({ path: `test-results/demo-pages/${name}.png`, fullPage: true })
}

/** Stands for the broker: the provider's redirect ends here. */
async function catchCallback(page: Page): Promise<URL[]> {
  const caught: URL[] = []
  await page.route('http://localhost:3999/**', (route) => {
    caught.push(new URL(route.request().url()))
    return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>broker</title>broker' })
  })
  return caught
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test.describe(`${width} px, ${colorScheme}, without scripts`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 }, javaScriptEnabled: false })

      test('the provider’s pages can be used and have no axe violation', async ({ page, browser }) => {
        const scripted = await browser.newPage({
          colorScheme,
          viewport: { width, height: 900 },
          reducedMotion: 'reduce',
        })
        await catchCallback(scripted)
        for (const issuer of ['sunrise', 'northwind', 'harbor-staff'] as const) {
          await scripted.goto(authorizeUrl(issuer, 'select_account'))
          await check(scripted, `${issuer}-choice-${width}-${colorScheme}`)
        }
        await scripted.getByRole('button', { name: /Ruth Abara/ }).click()
        await expect(scripted.getByRole('heading', { name: 'Approve on your phone' })).toBeVisible()
        await check(scripted, `second-step-${width}-${colorScheme}`)
        await scripted.getByRole('button', { name: 'Approve on my phone' }).click()
        await scripted.goto(authorizeUrl('harbor-staff', 'select_account'))
        await check(scripted, `continue-as-${width}-${colorScheme}`)
        await scripted.goto(`${idp.issuers['harbor-staff']}/session/end`)
        await check(scripted, `sign-out-${width}-${colorScheme}`)
        await scripted.goto(idp.url)
        await check(scripted, `provider-home-${width}-${colorScheme}`)
        await scripted.goto(`${idp.url}/auth?client_id=nobody`)
        await check(scripted, `provider-error-${width}-${colorScheme}`)
        await scripted.close()

        const callbacks = await catchCallback(page)
        await page.goto(authorizeUrl('sunrise', 'select_account'))
        await page.getByRole('button', { name: /ليلى/ }).click()
        await expect.poll(() => callbacks.at(-1)?.searchParams.get('code')).toBeTruthy()
        await page.goto(authorizeUrl('sunrise', 'select_account'))
        await page.getByLabel('Somebody else').fill('another.person')
        await page.getByRole('button', { name: 'Continue', exact: true }).click()
        await expect.poll(() => callbacks.length).toBe(2)
      })
    })

    test(`the mailbox has no axe violation at ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await fetch(`${mail.url}/messages.json`, { method: 'DELETE' })
      await page.goto(mail.url)
      await check(page, `mail-empty-${width}-${colorScheme}`)
      const transport = createTransport(mail.smtpUrl)
      for (const [to, subject] of [
        ['maya.rivera@example.org', 'Something changed in your account at Harbor Clinic'],
        ['robin@example.org', '<script>alert(1)</script>'],
      ] as const) {
        await transport.sendMail({
          from: 'Harbor Clinic <no-reply@harbor.example.org>',
          to,
          subject,
          text: 'A new way to sign in was added.\n\nIf this was not you, call +1-202-555-0100.',
        })
      }
      transport.close()
      await page.reload()
      await check(page, `mail-inbox-${width}-${colorScheme}`)
      await page.getByRole('link', { name: /Something changed/ }).click()
      await check(page, `mail-message-${width}-${colorScheme}`)
    })
  }
}

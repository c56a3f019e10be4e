import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { createTransport } from 'nodemailer'
import { type RunningIdentityProvider, startIdentityProvider } from '../demo/identity-provider/server'
import { type RunningMailSink, startMailSink } from '../demo/mail/server'

let idp: RunningIdentityProvider
/** Stands for the broker: the provider's redirect ends here. */
let broker: Server
let brokerUrl: string
const callbacks: URL[] = []
let mail: RunningMailSink

test.beforeAll(async () => {
  broker = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://broker')
    if (url.pathname.startsWith('/api/auth/callback/')) callbacks.push(url)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>broker</title>broker')
  })
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve))
  brokerUrl = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`
  idp = await startIdentityProvider({ port: 0, brokerUrl })
  mail = await startMailSink({ smtpPort: 0, httpPort: 0 })
})
test.afterAll(async () => {
  await Promise.all([idp.close(), mail.close()])
  broker.closeAllConnections()
  broker.close()
})

function authorizeUrl(issuer: keyof RunningIdentityProvider['issuers'], prompt: string): string {
  const query = new URLSearchParams({
    client_id: 'vestibule',
    response_type: 'code',
    scope: 'openid',
    prompt,
    redirect_uri: `${brokerUrl}/api/auth/callback/${issuer}`,
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

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test(`the provider’s pages have no axe violation at ${width} px, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      for (const issuer of ['sunrise', 'northwind', 'harbor-staff'] as const) {
        await page.goto(authorizeUrl(issuer, 'select_account'))
        await check(page, `${issuer}-choice-${width}-${colorScheme}`)
      }
      await page.getByRole('button', { name: /Ruth Abara/ }).click()
      await expect(page.getByRole('heading', { name: 'Approve on your phone' })).toBeVisible()
      await check(page, `second-step-${width}-${colorScheme}`)
      await page.getByRole('button', { name: 'Approve on my phone' }).click()
      await expect(page).toHaveTitle('broker')
      await page.goto(authorizeUrl('harbor-staff', 'select_account'))
      await check(page, `continue-as-${width}-${colorScheme}`)
      await page.goto(`${idp.issuers['harbor-staff']}/session/end`)
      await check(page, `sign-out-${width}-${colorScheme}`)
      await page.goto(idp.url)
      await check(page, `provider-home-${width}-${colorScheme}`)
      await page.goto(`${idp.url}/auth?client_id=nobody`)
      await check(page, `provider-error-${width}-${colorScheme}`)
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

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('a cast member and a typed name can sign in one after the other', async ({ page }) => {
    callbacks.length = 0
    await page.goto(authorizeUrl('sunrise', 'select_account'))
    await page.getByRole('button', { name: /ليلى/ }).click()
    await expect.poll(() => callbacks.at(-1)?.searchParams.get('code')).toBeTruthy()
    await page.goto(authorizeUrl('sunrise', 'select_account'))
    await page.getByLabel('Somebody else').fill('another.person')
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
    await expect.poll(() => callbacks.length).toBe(2)
  })
})

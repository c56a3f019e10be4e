import type { Page } from '@playwright/test'
import { expect, openHouse, test } from './house'
import { refreshApp, renewAccess, tokensOf, visitFirstTime } from './steps/app'
import { castMember } from './steps/cast'
import { beClinician, holdOrder, releaseOrder } from './steps/clinic'

const ways = [
  ['verifies the signature of what its gateway brings', { trust: 'jwks', enforcement: 'gateway' }],
  ['asks us about what its gateway brings', { trust: 'introspection', enforcement: 'gateway' }],
  ['enforces by itself, and apps name it as their server', { trust: 'jwks', enforcement: 'self' }],
] as const

/** The HbA1c that Dr. Adeyemi has not released. */
const waiting = (page: Page) =>
  page.getByTestId('result-row').filter({ hasText: 'Hemoglobin A1c' }).filter({ hasText: '6.8' })

for (const [words, trust] of ways)
  test(`one story, whichever way the EHR trusts: it ${words}`, async ({ page, browser }) => {
    const { house, close } = await openHouse(`trust-${trust.trust}-${trust.enforcement}`, trust)
    try {
      await visitFirstTime(page, house, 'maya')
      await expect(page.getByTestId('patient-name')).toHaveText(castMember('maya').name)
      await expect(waiting(page)).toHaveCount(0)
      const token = await tokensOf(page)
      const claims = JSON.parse(Buffer.from(token.access.split('.')[1] ?? '', 'base64url').toString())
      const server =
        trust.enforcement === 'self' ? `${house.urls.ehr}/fhir` : `${house.urls.broker}/fhir/demo`
      expect(claims.aud).toBe(server)
      const clinic = await browser.newPage()
      await beClinician(clinic, house, 'Dr. Amara Adeyemi')
      await releaseOrder(clinic, 'maya', 'Hemoglobin A1c')
      await refreshApp(page)
      await expect(waiting(page)).toBeVisible()
      await holdOrder(clinic, 'maya', 'Hemoglobin A1c')
      await refreshApp(page)
      await expect(waiting(page)).toHaveCount(0)
      await clinic.close()
      await renewAccess(page)
      await refreshApp(page)
      await expect(page.getByTestId('result-row').first()).toBeVisible()
    } finally {
      await close()
    }
  })

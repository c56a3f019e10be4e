import type { Locator, Page } from '@playwright/test'
import { expect, test } from './house'
import {
  allowApp,
  connectApp,
  expectConsent,
  expectResults,
  refreshApp,
  visitAgain,
  visitFirstTime,
} from './steps/app'
import { castMember } from './steps/cast'
import { beClinician, holdOrder, releaseOrder } from './steps/clinic'
import { watchEffort } from './steps/effort'
import { takePicture } from './steps/images'
import { confirmChart } from './steps/linking'
import { chooseAccount, chooseProvider } from './steps/sign-in'

test.use({ story: 'app' })

/** The HbA1c of three days ago, which Dr. Adeyemi has not released; the older one she has. */
function unreleased(page: Page): Locator {
  return page.getByTestId('result-row').filter({ hasText: 'Hemoglobin A1c' }).filter({ hasText: '6.8' })
}

function released(page: Page): Locator {
  return page.getByTestId('result-row').filter({ hasText: 'Hemoglobin A1c' }).filter({ hasText: '5.9' })
}

test('a first visit goes from the app to the chart over six screens and 25 typed characters', async ({
  page,
  house,
}) => {
  const maya = castMember('maya')
  const code = await house.issueCode('maya')
  const effort = await watchEffort(page)
  await connectApp(page, house)
  await chooseProvider(page)
  await chooseAccount(page, 'maya')
  await page.getByLabel('Code from the clinic').pressSequentially(code.replaceAll('-', '').toLowerCase())
  const [year = '', month = '', day = ''] = maya.birthDate.split('-')
  await page.getByLabel('Month').pressSequentially(String(Number(month)))
  await page.getByLabel('Day').pressSequentially(day)
  await page.getByLabel('Year').pressSequentially(year)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText(maya.name)).toBeVisible()
  await expect(page.getByText('Sunrise ID')).toBeVisible()
  await confirmChart(page)
  await expectConsent(page)
  await expect(page.getByTestId('chart-name')).toHaveText(maya.name)
  await expect(page.getByRole('heading', { name: 'Lab Window', exact: true })).toBeVisible()
  await expect(page.getByText('test results your care team has not released yet')).toBeVisible()
  await takePicture(page, 'consent')
  await allowApp(page)
  await expectResults(page)
  expect(effort.screens).toEqual([
    '127.0.0.1 /',
    'localhost /sign-in',
    '127.0.0.1 /interaction/…',
    'localhost /link',
    'localhost /link/confirm',
    'localhost /authorize/…',
    '127.0.0.1 /app',
  ])
  expect(effort.screens.slice(0, -1).length).toBeLessThanOrEqual(6)
  expect(effort.typed).toBeGreaterThan(20)
  expect(effort.typed).toBeLessThanOrEqual(25)
  await expect(page.getByTestId('patient-name')).toHaveText(maya.name)
  await expect(page.getByTestId('signed-in-as')).toHaveAttribute(
    'data-fhir-user',
    new RegExp(`Patient/${maya.patientId}$`),
  )
  await expect(released(page)).toBeVisible()
  await expect(unreleased(page)).toHaveCount(0)
  await takePicture(page, 'app')
})

test('a second visit in the same browser takes two clicks and no typing', async ({ page, house }) => {
  await visitFirstTime(page, house, 'chloe')
  const later = await page.context().newPage()
  const effort = await watchEffort(later)
  await visitAgain(later, house)
  expect(effort).toMatchObject({ clicks: 2, typed: 0 })
})

test('a release by somebody who neither ordered nor covers does not open a result', async ({
  page,
  house,
  browser,
}) => {
  await visitFirstTime(page, house, 'maya', { userName: 'maya.on.phone' })
  const clinic = await browser.newPage()
  await beClinician(clinic, house, 'Dr. Carmen Castillo')
  await releaseOrder(clinic, 'maya', 'Hemoglobin A1c')
  await refreshApp(page)
  await expect(released(page)).toBeVisible()
  await expect(unreleased(page)).toHaveCount(0)
  await holdOrder(clinic, 'maya', 'Hemoglobin A1c')
  await clinic.close()
})

test('a result is hidden until its orderer releases it, then seen after Refresh, and gone once it is held', async ({
  page,
  house,
  browser,
}) => {
  await visitFirstTime(page, house, 'maya', { userName: 'maya.at.work' })
  await expect(unreleased(page)).toHaveCount(0)
  const reports = await page.getByTestId('report-row').count()
  const clinic = await browser.newPage()
  await beClinician(clinic, house, 'Dr. Amara Adeyemi')
  await releaseOrder(clinic, 'maya', 'Hemoglobin A1c', 'Held')
  await refreshApp(page)
  await expect(unreleased(page)).toBeVisible()
  await expect(page.getByTestId('report-row')).toHaveCount(reports + 1)
  await holdOrder(clinic, 'maya', 'Hemoglobin A1c')
  await refreshApp(page)
  await expect(unreleased(page)).toHaveCount(0)
  await expect(released(page)).toBeVisible()
  await expect(page.getByTestId('report-row')).toHaveCount(reports)
  await clinic.close()
})

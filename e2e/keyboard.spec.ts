import { expect, test } from './house'
import { expectConsent, expectResults, untilRedrawn } from './steps/app'
import { castMember } from './steps/cast'
import { pressOn, tabTo, typeInto } from './steps/keyboard'
import { wordsIn } from './steps/words'

test.use({ story: 'by-hand' })

const { link: say, signIn: signInSays, consent: consentSays, account: accountSays } = wordsIn('en')

test('a whole first visit is made by keyboard alone, and the focus can be seen at every stop', async ({
  page,
  house,
}) => {
  const naomi = castMember('naomi')
  const code = await house.issueCode('naomi')
  await page.goto(house.urls.app)
  await pressOn(page, page.getByTestId('connect'))
  await pressOn(page, page.locator('form[action="/api/auth/signin/sunrise"] button'))
  await pressOn(page, page.locator('button[name="person"][value="naomi"]'))
  const [year = '', month = '', day = ''] = naomi.birthDate.split('-')
  await typeInto(page, page.getByLabel(say.code), code)
  await typeInto(page, page.getByLabel(say.month), month)
  await typeInto(page, page.getByLabel(say.day), day)
  await typeInto(page, page.getByLabel(say.year), year)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say.confirm.title)
  await pressOn(page, page.getByRole('button', { name: say.confirm.yes }))
  await expectConsent(page)
  const visits = page.locator('input[name="item.Encounter"]')
  await pressOn(page, visits, 'Space')
  await expect(visits).not.toBeChecked()
  await pressOn(page, page.getByRole('button', { name: consentSays.accept, exact: true }))
  await expectResults(page)
  await untilRedrawn(page, () => pressOn(page, page.getByTestId('refresh')))
  await expectResults(page)
  await expect(page.getByTestId('refresh')).toBeFocused()

  await page.goto(`${house.urls.broker}/account`)
  await pressOn(page, page.getByRole('link', { name: 'Stop Lab Window' }))
  await pressOn(page, page.getByRole('button', { name: 'Stop Lab Window' }))
  await expect(page.getByText(accountSays.done.app)).toBeVisible()
})

test('the first stop of a page leads past its frame to the content', async ({ page, house }) => {
  await page.goto(`${house.urls.broker}/sign-in`)
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: wordsIn('en').frame.skip })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(page.locator('main form button').first()).toBeFocused()
})

test('after an answer the focus is where reading goes on: on the problem, or on the next page’s heading', async ({
  page,
  house,
}) => {
  await page.goto(`${house.urls.broker}/sign-in?to=/link`)
  await pressOn(page, page.locator('form[action="/api/auth/signin/sunrise"] button'))
  await pressOn(page, page.locator('button[name="person"][value="chloe"]'))
  await typeInto(page, page.getByLabel(say.code), 'AAAAA')
  await typeInto(page, page.getByLabel(say.month), '1')
  await typeInto(page, page.getByLabel(say.day), '1')
  await typeInto(page, page.getByLabel(say.year), '1990')
  await page.keyboard.press('Enter')
  await expect(page.locator('main').getByText(say.codeError)).toBeVisible()
  await expect(page.getByLabel(say.code)).toHaveAttribute('aria-invalid', 'true')
  const code = await house.issueCode('chloe')
  await page.getByLabel(say.code).fill(code)
  await page.getByLabel(say.year).fill('2001')
  await page.getByLabel(say.day).fill('24')
  await page.getByLabel(say.month).fill('8')
  await page.keyboard.press('Enter')
  await expect(page.locator('main').getByRole('alert')).toBeFocused()
  await page.getByLabel(say.code).fill(code)
  await page.getByLabel(say.month).fill('8')
  await page.getByLabel(say.day).fill('25')
  await page.getByLabel(say.year).fill('2001')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: say.confirm.title })).toBeFocused()
  await tabTo(page, page.getByRole('button', { name: say.confirm.yes }))
})

test('a way out of the provider’s page by keyboard ends on a page with a way on', async ({ page, house }) => {
  await page.goto(`${house.urls.broker}/sign-in`)
  await pressOn(page, page.locator('form[action="/api/auth/signin/northwind"] button'))
  await pressOn(page, page.getByRole('button', { name: 'Cancel and go back' }))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(signInSays.problem.cancelledTitle)
  await pressOn(page, page.getByRole('link', { name: signInSays.problem.again }))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(signInSays.title)
})

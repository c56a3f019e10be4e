import { expect, test } from './house'
import { expectConsent } from './steps/app'
import { castMember } from './steps/cast'
import { openOwnChart } from './steps/linking'
import { beginAuthorization } from './steps/other-app'
import { chooseAccount, chooseProvider } from './steps/sign-in'
import { wordsIn } from './steps/words'

test.use({ story: 'two-tabs' })

const { account: accountSays, signIn: say } = wordsIn('en')

test('two tabs that sign in at once, through two providers and in reverse order, both end signed in', async ({
  context,
  house,
}) => {
  const [first, second] = [await context.newPage(), await context.newPage()]
  await first.goto(`${house.urls.broker}/sign-in?to=/account`)
  await second.goto(`${house.urls.broker}/sign-in?to=/link`)
  await chooseProvider(first, 'sunrise')
  await chooseProvider(second, 'northwind')
  await chooseAccount(second, 'maya')
  await expect(second.locator('input[name="code"]')).toBeVisible()
  await chooseAccount(first, 'maya')
  await expect(first.getByRole('heading', { level: 1 })).toHaveText(accountSays.title)
  await second.reload()
  await expect(second.locator('input[name="code"]')).toBeVisible()
})

test('one provider in two tabs: whoever signed in last is signed in, and each tab says whose chart it shows', async ({
  context,
  house,
}) => {
  const [first, second] = [await context.newPage(), await context.newPage()]
  await openOwnChart(first, house, 'chloe')
  await openOwnChart(second, house, 'naomi')
  for (const page of [first, second]) await page.goto(`${house.urls.broker}/sign-in?to=/account`)
  await chooseProvider(first)
  await chooseAccount(first, 'chloe')
  await expect(first.getByText(castMember('chloe').name).first()).toBeVisible()
  await chooseProvider(second)
  await chooseAccount(second, 'naomi')
  await expect(second.getByText(castMember('naomi').name).first()).toBeVisible()
  await first.reload()
  await expect(first.getByText(castMember('naomi').name).first()).toBeVisible()
  await expect(first.getByText(castMember('chloe').name)).toHaveCount(0)
})

test('a provider’s answer opened a second time signs nobody in and offers a way on', async ({
  page,
  house,
}) => {
  const answers: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/api/auth/callback/')) answers.push(request.url())
  })
  await page.goto(`${house.urls.broker}/sign-in?to=/account`)
  await chooseProvider(page)
  await chooseAccount(page, 'maya')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(accountSays.title)
  await page.context().clearCookies({ name: /session/ })
  await page.goto(answers[0] ?? '')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say.problem.startAgainTitle)
  await page.getByRole('link', { name: say.problem.again }).click()
  await chooseProvider(page)
  await page.getByRole('button', { name: /^Continue as/ }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(accountSays.title)
})

test('two apps’ requests that begin in two tabs before anybody signed in both come to their own consent', async ({
  context,
  house,
}) => {
  const [first, second] = [await context.newPage(), await context.newPage()]
  await openOwnChart(first, house, 'maya', 'maya.at.work')
  await context.clearCookies({ name: /session/ })
  const requests = [
    beginAuthorization(house, 'launch/patient patient/Condition.rs'),
    beginAuthorization(house, 'launch/patient patient/Immunization.rs'),
  ]
  await first.goto(requests[0]?.address ?? '')
  await second.goto(requests[1]?.address ?? '')
  await chooseProvider(first)
  await chooseProvider(second)
  for (const page of [second, first]) {
    await chooseAccount(page, 'maya.at.work')
    await expectConsent(page)
  }
  await expect(first.locator('input[name="item.Condition/problem-list-item"]')).toBeChecked()
  await expect(second.locator('input[name="item.Immunization"]')).toBeChecked()
})

import { expect, test } from './house'
import { inspect } from './steps/inspect'
import { beginAuthorization } from './steps/other-app'
import { signIn } from './steps/sign-in'
import { wordsIn } from './steps/words'

test.use({ story: 'sign-in-at-app' })

const { consentSignIn: says, account: accountSays, logout: logoutSays } = wordsIn('en')

test('a person without a chart lets an app know them, sees it on their page, stops it, and signs out everywhere', async ({
  page,
  house,
}) => {
  const login = beginAuthorization(house, 'openid', { aud: '' })
  await page.route(`${house.urls.app}/**`, (route) => route.abort('aborted'))
  await page.goto(login.address)
  await signIn(page, 'walter')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('know it is you?')
  await inspect(page, 'sign-in at an app')
  const answer = page.waitForRequest((request) => request.url().startsWith(`${login.redirectUri}?code=`))
  await page.getByRole('button', { name: says.accept }).click()
  const { searchParams } = new URL((await answer).url())
  expect(searchParams.get('state')).toBe(login.state)
  const tokens = (await (await login.exchange(searchParams.get('code') ?? '')).json()) as Record<
    string,
    unknown
  >
  expect(tokens['id_token']).toBeTruthy()
  expect(tokens['patient']).toBeUndefined()

  await page.goto(`${house.urls.broker}/account`)
  const knows = page.getByText('It reads nothing of your chart.')
  await expect(knows).toBeVisible()
  await inspect(page, 'my account with an app that knows who I am')
  await page.getByRole('button', { name: /^Stop / }).click()
  await page.waitForURL(/done=app-sign-in/)
  await expect(page.getByText(accountSays.done.appSignIn)).toBeVisible()
  await expect(knows).toHaveCount(0)

  await page.goto(`${house.urls.broker}/oauth/logout?client_id=lab-window`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(logoutSays.title)
  await inspect(page, 'sign out, asked')
  await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: logoutSays.confirm }).click()
  await page.waitForURL(/\/session\/end/)
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await page.waitForURL(/\/oauth\/logout\/back/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(logoutSays.doneTitle)
  await inspect(page, 'signed out')
  await page.goto(`${house.urls.broker}/account`)
  await page.waitForURL(/\/sign-in/)
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningApp, startApp } from './server'

let app: RunningApp

beforeAll(async () => {
  app = await startApp({ port: 0, fhirBase: 'http://localhost:3000/fhir/demo/' })
})
afterAll(() => app.close())

it.each(['/', '/launch', '/app', '/app?code=x&state=y', '/assets/app.js', '/nothing'])(
  '%s sets no cookie and forbids foreign scripts, frames and markup from strings',
  async (path) => {
    const { headers } = await fetch(app.url + path)
    expect(headers.getSetCookie()).toEqual([])
    const policy = headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy).toContain(part)
    }
    expect(policy).toContain('connect-src http://localhost:3000;')
    expect(policy).not.toContain('unsafe')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
  },
)

it('pages hold no inline script, style or handler, and repeat nothing of the address', async () => {
  for (const path of ['/', '/launch', '/app']) {
    const page = await (
      await fetch(
        `${app.url}${path}?iss=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&redirect=https://evil.example`,
      )
    ).text()
    expect(page).not.toMatch(/<script(?![^>]* src="\/assets\/)/)
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/)
    expect(page).not.toContain('evil.example')
    expect(page).not.toContain('alert(1)')
  }
})

it('no address of the app redirects anywhere', async () => {
  for (const path of ['/', '/launch', '/app', '/assets/app.js']) {
    for (const name of ['url', 'next', 'redirect_uri', 'returnTo', 'iss']) {
      const answer = await fetch(`${app.url}${path}?${name}=https://evil.example/`, { redirect: 'manual' })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('location')).toBeNull()
    }
  }
})

it('the library is the published one, and the pages name the configured server without its slash', async () => {
  const library = await (await fetch(`${app.url}/assets/fhir-client.js`)).text()
  expect(library).toContain('SMART_KEY')
  const page = await (await fetch(`${app.url}/launch`)).text()
  expect(page).toContain('data-fhir-base="http://localhost:3000/fhir/demo"')
  expect(page).toContain(`data-redirect-uri="${app.url}/app"`)
})

it('the scripts of the app hold no way to turn text into markup', async () => {
  for (const name of ['app.js', 'launch.js']) {
    const script = await (await fetch(`${app.url}/assets/${name}`)).text()
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/)
    expect(script).not.toMatch(/localStorage|document\.cookie/)
  }
})

it('a taken port is refused', async () => {
  const port = Number(new URL(app.url).port)
  await expect(startApp({ port, fhirBase: 'http://localhost:3000/fhir/demo' })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

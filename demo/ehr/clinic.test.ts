import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listUnreleased } from './landmarks'
import {
  type EhrUnderTest,
  patientIdOf,
  readBundle,
  resourcesOf,
  startEhrUnderTest,
  testToday,
} from './testing/ehr-under-test'

const maya = patientIdOf('maya')
let ehr: EhrUnderTest

beforeAll(async () => {
  ehr = await startEhrUnderTest()
})
beforeEach(() => ehr.control('reset', {}).then(() => undefined))
afterAll(() => ehr.close())

/** A browser without script: keeps its cookie, reads forms out of pages, posts them, follows nothing. */
function openBrowser(url: string) {
  let cookie = ''
  const send = async (target: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(`${url}${target}`, {
      redirect: 'manual',
      ...init,
      headers: { cookie, ...init.headers },
    })
    const set = response.headers.get('set-cookie')
    if (set) cookie = set.split(';')[0] ?? ''
    return response
  }
  const formToken = (page: string): string => /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const post = (target: string, form: URLSearchParams): Promise<Response> =>
    send(target, { method: 'POST', body: form })
  return {
    send,
    post,
    formToken,
    page: async (target: string): Promise<string> => (await send(target)).text(),
    async become(clinician: string): Promise<void> {
      const token = formToken(await (await send('/clinic')).text())
      const response = await post('/clinic/clinician', new URLSearchParams({ form_token: token, clinician }))
      expect([response.status, response.headers.get('location')]).toEqual([303, '/clinic'])
    },
    /** Presses Release or Hold on the order that holds a result, as the page shows it. */
    async press(act: 'release' | 'hold', result: string, show = 'waiting'): Promise<Response> {
      const page = await (await send(`/clinic?show=${show}`)).text()
      const form = page.split('<form').find((one) => one.includes(`value="${result}"`)) ?? ''
      expect(form, 'the page shows a button').toContain(`value="${act}"`)
      const fields = new URLSearchParams({ act, show, form_token: formToken(form) })
      for (const [, value = ''] of form.matchAll(/name="result" value="([^"]+)"/g))
        fields.append('result', value)
      return post('/clinic/decision', fields)
    },
  }
}

async function releasesOf(result: string): Promise<{ who: string; at: string }[]> {
  const bundle = await readBundle(await ehr.get(`Provenance?target=${result}`, await ehr.token(maya)))
  return resourcesOf([bundle]).flatMap((one) =>
    one.resourceType === 'Provenance' ? [{ who: one.agent[0]?.who.reference ?? '', at: one.recorded }] : [],
  )
}

const held = (): string => listUnreleased(maya, testToday).find((one) => one.startsWith('Observation')) ?? ''

describe('the clinician’s page', () => {
  it('asks first who is there, then lists what waits, by patient and order', async () => {
    const browser = openBrowser(ehr.url)
    expect(await browser.page('/clinic')).toContain('Who are you today?')
    await browser.become('pAdy7XkQ2mR')
    const page = await browser.page('/clinic')
    expect(page).toContain('Dr. Amara Adeyemi')
    expect(page).toContain(`data-patient="${maya}"`)
    expect(page).toContain(held())
    expect(page.indexOf(held())).toBeLessThan(page.indexOf('Ordered by colleagues'))
  })

  it('releases in the name of the clinician, with a 303, and the EHR’s FHIR says so at once', async () => {
    const browser = openBrowser(ehr.url)
    await browser.become('pAdy7XkQ2mR')
    expect(await releasesOf(held())).toEqual([])
    const response = await browser.press('release', held())
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      '/clinic?show=waiting&done=released',
    ])
    const [release, ...more] = await releasesOf(held())
    expect(more).toEqual([])
    expect(release?.who).toBe('Practitioner/pAdy7XkQ2mR')
    expect(Date.now() - Date.parse(release?.at ?? '')).toBeLessThan(10_000)
    expect(await browser.page('/clinic')).not.toContain(held())
    expect(await browser.page('/clinic?show=released')).toContain(held())
  })

  it('lets a colleague release too, and the release names the colleague', async () => {
    const browser = openBrowser(ehr.url)
    await browser.become('pCst8HzP3cY')
    expect(await browser.page('/clinic')).toContain('You did not order this')
    await browser.press('release', held())
    expect((await releasesOf(held())).map(({ who }) => who)).toEqual(['Practitioner/pCst8HzP3cY'])
  })

  it('holds with the label, keeps earlier releases as history, and releasing takes the label off', async () => {
    const browser = openBrowser(ehr.url)
    await browser.become('pAdy7XkQ2mR')
    const labels = async (): Promise<string> =>
      JSON.stringify((await (await ehr.get(held(), await ehr.token(maya))).json()).meta)
    await browser.press('release', held())
    await browser.press('hold', held(), 'released')
    expect(await labels()).toContain('NOPAT')
    expect(await releasesOf(held())).toHaveLength(1)
    await browser.press('release', held(), 'held')
    expect(await labels()).not.toContain('NOPAT')
    expect(await releasesOf(held())).toHaveLength(2)
  })

  it('changes nothing for a form of another visit, without a token, or of another clinician', async () => {
    const [browser, stranger] = [openBrowser(ehr.url), openBrowser(ehr.url)]
    await browser.become('pAdy7XkQ2mR')
    await stranger.become('pAdy7XkQ2mR')
    const foreign = browser.formToken(await stranger.page('/clinic'))
    const earlier = browser.formToken(await browser.page('/clinic'))
    await browser.become('pBrd4WnL9vT')
    for (const token of [foreign, earlier, '', undefined]) {
      const fields = new URLSearchParams({
        act: 'release',
        result: held(),
        ...(token === undefined ? {} : { form_token: token }),
      })
      expect((await browser.post('/clinic/decision', fields)).status).toBe(403)
    }
    const noCookie = await fetch(`${ehr.url}/clinic/decision`, {
      method: 'POST',
      body: new URLSearchParams({ act: 'release', result: held(), form_token: earlier }),
    })
    expect(noCookie.status).toBe(403)
    expect((await fetch(`${ehr.url}/clinic/decision?act=release&result=${held()}`)).status).toBe(404)
    expect(await releasesOf(held())).toEqual([])
  })

  it('does not release what is not final, and says why', async () => {
    const browser = openBrowser(ehr.url)
    await browser.become('pAdy7XkQ2mR')
    const page = await browser.page('/clinic')
    const form = page.split('<form').find((one) => one.includes('preliminary')) ?? ''
    const result = /name="result" value="([^"]+)"/.exec(form)?.[1] ?? ''
    expect(form).not.toContain('value="release"')
    const response = await browser.post(
      '/clinic/decision',
      new URLSearchParams({ act: 'release', result, form_token: browser.formToken(form) }),
    )
    expect(response.headers.get('location')).toContain('done=not-final')
  })

  it('runs nothing that a chart contains: names and results are text, and no script may run at all', async () => {
    const browser = openBrowser(ehr.url)
    await browser.become('pBrd4WnL9vT')
    for (const target of ['/clinic', '/clinic?show=held', '/clinic?show=released', '/log']) {
      const response = await browser.send(target)
      const page = await response.text()
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('content-security-policy')).not.toContain('script-src')
      // Tags with their quoted values emptied: what is left is what a browser would act on.
      const tags = (page.match(/<[a-z][^>]*>/gi) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'))
      expect(tags.length).toBeGreaterThan(10)
      expect(tags.filter((tag) => /^<(script|img|iframe|object|style)|\s(on\w+|style)=/i.test(tag))).toEqual(
        [],
      )
      expect(page).not.toContain('href="javascript:')
    }
    const page = await browser.page('/clinic')
    expect(page).toContain('&lt;script&gt;alert(&quot;name&quot;)&lt;/script&gt;')
  })

  it('does not echo what a link carries', async () => {
    const browser = openBrowser(ehr.url)
    await browser.become('pBrd4WnL9vT')
    const page = await browser.page(
      `/clinic?show=${encodeURIComponent('<script>alert(1)</script>')}&done=%22%3E%3Cb%3E`,
    )
    expect(page).toContain('Waiting for release')
    expect(page).not.toContain('<b>')
  })
})

describe('what clinicians decided', () => {
  it('survives a restart with the day the demo began, and is forgotten by a reset', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'ehr-'))
    const first = await startEhrUnderTest({ dataDir, today: testToday })
    await first.control('release', { results: [held()], practitionerId: 'pAdy7XkQ2mR' })
    const before = await (await first.get(`Provenance?target=${held()}`, await first.token(maya))).json()
    await first.close()

    const second = await startEhrUnderTest({ dataDir, today: undefined })
    const after = await (await second.get(`Provenance?target=${held()}`, await second.token(maya))).json()
    expect(after.entry[0].resource).toEqual(before.entry[0].resource)
    expect((await (await fetch(`${second.url}/health`)).json()).today).toBe(testToday)
    await second.control('reset', {})
    expect(
      (await (await second.get(`Provenance?target=${held()}`, await second.token(maya))).json()).total,
    ).toBe(0)
    await second.close()
    await rm(dataDir, { recursive: true })
  })
})

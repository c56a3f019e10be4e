import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acceptForm, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

type Tokens = { access_token: string; refresh_token: string; error?: string }

const begin = (changes: Readonly<Record<string, string | undefined>>): Promise<Response> =>
  world.begin(undefined, world.parameters(changes).query)
const addressOf = (response: Response): URL => new URL(response.headers.get('location') ?? '')
const errorOf = async (response: Response): Promise<string> =>
  `${response.status} ${((await response.json()) as Tokens).error}`
const land = async () => world.allow(await world.visitor('maya'))

describe('[8707] resource', () => {
  it('[8707] that names another server than aud, or none here, is invalid_target', async () => {
    for (const changes of [
      { resource: 'https://elsewhere.example/fhir' },
      { aud: undefined, resource: `${world.audience}#part` },
      { aud: undefined, resource: '/fhir/demo' },
      { aud: 'https://elsewhere.example/fhir', resource: world.audience },
    ])
      expect(addressOf(await begin(changes)).searchParams.get('error')).toBe('invalid_target')
  })

  it('[8707] named twice is invalid_target at every endpoint, for a token is for one server', async () => {
    const { query } = world.parameters({ resource: world.audience })
    query.append('resource', world.audience)
    expect(addressOf(await world.begin(undefined, query)).searchParams.get('error')).toBe('invalid_target')
    const pushed = await fetch(`${world.url}/oauth/par`, { method: 'POST', body: query })
    expect(await errorOf(pushed)).toBe('400 invalid_target')
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'test-app' })
    for (const resource of [world.audience, 'https://elsewhere.example']) body.append('resource', resource)
    expect(await errorOf(await fetch(`${world.url}/oauth/token`, { method: 'POST', body }))).toBe(
      '400 invalid_target',
    )
  })

  it('[8707] at the token endpoint may only repeat what was authorized; another one spends nothing', async () => {
    const landing = await land()
    const elsewhere = { resource: 'https://elsewhere.example/fhir' }
    expect(await errorOf(await world.exchange(landing, elsewhere))).toBe('400 invalid_target')
    const tokens = (await (
      await world.exchange(landing, { resource: `${world.audience}/` })
    ).json()) as Tokens
    expect(decodeJwt(tokens.access_token).aud).toBe(world.audience)
    expect(await errorOf(await world.refresh(tokens.refresh_token, elsewhere))).toBe('400 invalid_target')
    const again = await world.refresh(tokens.refresh_token, { resource: world.audience })
    expect(decodeJwt(((await again.json()) as Tokens).access_token).aud).toBe(world.audience)
  })
})

describe('[9207] iss', () => {
  it('[9207] comes with a code, a refusal by the person, and every error, exactly as discovery spells it', async () => {
    const found = (await (await fetch(`${world.url}/.well-known/openid-configuration`)).json()) as {
      issuer: string
      authorization_response_iss_parameter_supported: boolean
    }
    expect(found.authorization_response_iss_parameter_supported).toBe(true)
    const visitor = await world.visitor('maya')
    expect((await world.allow(visitor)).parameters.getAll('iss')).toEqual([found.issuer])
    const id = requestIdOf(await world.begin(visitor, world.parameters().query))
    const form = acceptForm(await world.view(visitor, id))
    await world.decide(visitor, id, { ...form, decision: 'decline' })
    const declined = await world.leave(visitor, id)
    expect(declined.searchParams.get('error')).toBe('access_denied')
    expect(declined.searchParams.getAll('iss')).toEqual([found.issuer])
    for (const changes of [
      { prompt: 'none' },
      { response_type: 'token' },
      { scope: 'nonsense' },
      { aud: 'https://elsewhere.example/fhir' },
      { request: 'eyJ' },
      { state: undefined },
    ])
      expect(addressOf(await begin(changes)).searchParams.getAll('iss')).toEqual([found.issuer])
  })
})

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigurationError, loadConfig } from '@/lib/config/config'
import { demoConfigFile, testSecret } from '@/test/test-config'

const root = path.resolve(import.meta.dirname, '../..')
const scratch = mkdtempSync(path.join(tmpdir(), 'vestibule-config-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const sound = {
  VESTIBULE_PUBLIC_URL: 'https://sign-in.clinic.example',
  VESTIBULE_SECRETS: testSecret,
  DATABASE_URL: 'postgresql://db.example/vestibule',
  SMTP_URL: 'smtps://mail.example:465',
  HARBOR_SECRET: 'provider-secret',
}

type Entry = Record<string, unknown>
/** The file while it may still be wrong. */
type Draft = Entry & { providers: Entry[]; ehrs: Entry[]; apps: Entry[] }

function first(entries: readonly Entry[]): Entry {
  return entries[0] ?? {}
}

function production(change: (file: Draft) => void = () => undefined): string {
  const file = structuredClone(demoConfigFile()) as unknown as Draft
  file['demo'] = false
  file.providers = [
    {
      id: 'harbor',
      name: 'Harbor',
      issuer: 'https://id.clinic.example',
      clientId: 'v',
      clientSecretEnv: 'HARBOR_SECRET',
    },
  ]
  first(file.ehrs)['fhirBase'] = 'https://ehr.clinic.example/fhir'
  first(file.apps)['redirectUris'] = ['https://app.example/callback']
  file['roles'] = []
  change(file)
  const name = path.join(scratch, `${Math.random().toString(36).slice(2)}.json`)
  writeFileSync(name, JSON.stringify(file))
  return name
}

function problemsOf(environment: Record<string, string>, file = production()): readonly string[] {
  try {
    loadConfig({ ...environment, VESTIBULE_CONFIG: file }, root)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

test('an empty environment is the demo on loopback, with a secret of its own that only its owner reads', () => {
  const config = loadConfig({ VESTIBULE_DATA_DIR: path.join(scratch, 'data') }, root)
  expect(config).toMatchObject({ demo: true, issuer: 'http://localhost:3000', isHttps: false })
  expect(config.ehrs[0]?.gatewayBase).toBe('http://localhost:3000/fhir/demo')
  expect(statSync(path.join(scratch, 'data/secret')).mode & 0o777).toBe(0o600)
})

test('a sound production configuration starts', () => {
  expect(problemsOf(sound)).toEqual([])
})

test.each<[string, Record<string, string>, (file: Draft) => void, RegExp]>([
  [
    'a public issuer over http',
    { VESTIBULE_PUBLIC_URL: 'http://sign-in.clinic.example' },
    () => undefined,
    /public issuer needs https/,
  ],
  ['a missing secret', { VESTIBULE_SECRETS: '' }, () => undefined, /at least one secret/],
  ['a short secret', { VESTIBULE_SECRETS: 'short' }, () => undefined, /shorter than 32/],
  [
    'the demo under a public issuer',
    {},
    (f) => {
      f['demo'] = true
    },
    /loopback only/,
  ],
  [
    'the embedded database under a public issuer',
    { DATABASE_URL: '' },
    () => undefined,
    /embedded database is for the demo/,
  ],
  [
    'an EHR over http beyond loopback',
    {},
    (f) => {
      first(f.ehrs)['fhirBase'] = 'http://ehr.clinic.example/fhir'
    },
    /fhirBase: http is allowed on loopback only/,
  ],
  [
    'a provider over http beyond loopback',
    {},
    (f) => {
      first(f.providers)['issuer'] = 'http://id.clinic.example'
    },
    /issuer: http is allowed on loopback only/,
  ],
  [
    'a redirect over http beyond loopback',
    {},
    (f) => {
      first(f.apps)['redirectUris'] = ['http://app.example/cb']
    },
    /redirectUris: http is allowed/,
  ],
  [
    'rules of a step-up that no one proof satisfies',
    {},
    (f) => {
      first(f.ehrs)['stepUp'] = [
        { type: 'Condition', acr: ['urn:vestibule:acr:passkey'] },
        { type: 'Immunization', acr: ['urn:vestibule:acr:desk'] },
      ]
    },
    /no acr satisfies every rule/,
  ],
  [
    'a step-up for nothing in particular',
    {},
    (f) => {
      first(f.ehrs)['stepUp'] = [{ maxAgeSeconds: 300 }]
    },
    /give a type, a category or both/,
  ],
  [
    'a step-up with a word for strength that is not ours',
    {},
    (f) => {
      first(f.ehrs)['stepUp'] = [{ type: 'Condition', acr: ['https://refeds.org/profile/mfa'] }]
    },
    /stepUp\.0\.acr/,
  ],
  ['mail in clear', { SMTP_URL: 'smtp://mail.example:25' }, () => undefined, /use smtps/],
  [
    'an EHR token endpoint over http',
    {},
    (f) => {
      first(f.ehrs)['credential'] = {
        kind: 'backend-services',
        clientId: 'x',
        tokenEndpoint: 'http://ehr.example/token',
      }
    },
    /tokenEndpoint: http/,
  ],
  ['a provider secret that is not set', { HARBOR_SECRET: '' }, () => undefined, /HARBOR_SECRET is not set/],
  [
    'a demo secret outside the demo',
    {},
    (f) => {
      first(f.providers)['demoClientSecret'] = 'x'
    },
    /demoClientSecret is for the demo/,
  ],
  [
    'an unknown provider preset',
    {},
    (f) => {
      first(f.providers)['preset'] = 'myspace'
    },
    /providers\.0\.preset/,
  ],
  [
    'a role for a provider that is not workforce',
    {},
    (f) => {
      f['roles'] = [{ role: 'admin', issuer: 'https://id.clinic.example', subject: 's' }]
    },
    /no provider marked workforce/,
  ],
  [
    'an EHR without a release policy: there is no silent default',
    {},
    (f) => {
      delete first(f.ehrs)['releasePolicy']
    },
    /ehrs\.0\.releasePolicy/,
  ],
  [
    'a redirect URI with a fragment',
    {},
    (f) => {
      first(f.apps)['redirectUris'] = ['https://app.example/#x']
    },
    /no fragment/,
  ],
  [
    '[9700-4.15] a client whose id looks like a person’s',
    {},
    (f) => {
      first(f.apps)['id'] = '0199c1a0-7f3e-7abc-8def-0123456789ab'
    },
    /looks like the id of a person/,
  ],
  [
    'a scope that no app of a patient is ever given',
    {},
    (f) => {
      first(f.apps)['scopes'] = ['openid', 'user/*.rs']
    },
    /lab-window\.scopes: user\/\*\.rs is not offered; an app of a patient can have openid/,
  ],
  [
    'a scope of a backend client, mistyped',
    {},
    (f) => {
      f.apps.push({
        kind: 'backend',
        id: 'portal',
        name: 'Portal',
        jwksUri: 'https://p.example/jwks',
        scopes: ['launch.create'],
      })
    },
    /portal\.scopes: launch\.create is not offered; a backend client can have __activation-codes\.issue/,
  ],
  [
    'a redirect URI with user information',
    {},
    (f) => {
      first(f.apps)['redirectUris'] = ['https://me@app.example/']
    },
    /no user information/,
  ],
  [
    'an unknown key, most likely a typing error',
    {},
    (f) => {
      f['trustedProxy'] = []
    },
    /trustedProxy/,
  ],
])('%s refuses to start', (_title, environment, change, expected) => {
  expect(problemsOf({ ...sound, ...environment }, production(change)).join('\n')).toMatch(expected)
})

test('every problem is listed at once', () => {
  const problems = problemsOf({ VESTIBULE_PUBLIC_URL: 'http://sign-in.clinic.example' })
  expect(problems.length).toBeGreaterThanOrEqual(5)
})

test('an EHR that enforces by itself shares no door with another, and promises nothing that only our gateway does', () => {
  const second = (more: Entry) =>
    production((file) => {
      const [ehr = {}] = file.ehrs
      file.ehrs.push({
        ...ehr,
        id: 'second',
        fhirBase: 'https://two.clinic.example/fhir',
        enforcement: 'self',
        ...more,
      })
    })
  expect(problemsOf(sound, second({}))).toEqual([])
  const shared = [
    'ehrs.second: another entry has the same fhirBase or audience; a server reached both ways needs two of each',
  ]
  expect(problemsOf(sound, second({ fhirBase: 'https://ehr.clinic.example/fhir' }))).toEqual(shared)
  expect(problemsOf(sound, second({ audience: 'https://ehr.clinic.example/fhir' }))).toEqual(shared)
  const rule = { type: 'Observation', acr: ['urn:vestibule:acr:passkey'], maxAgeSeconds: 300 }
  expect(problemsOf(sound, second({ stepUp: [rule] })).join()).toContain('ehrs.second.stepUp')
})

test('two servers are two audiences: a token for the one, kept by it, would open the other', () => {
  const second = (more: Entry) =>
    production((file) => {
      const other = { id: 'second', fhirBase: 'https://two.clinic.example/fhir', ...more }
      file.ehrs.push({ ...first(file.ehrs), ...other })
    })
  expect(problemsOf(sound, second({ audience: 'https://ehr.clinic.example/fhir' }))).toEqual([
    'ehrs.second.audience: another server has the same; a token for one of them would open the other',
  ])
  // one server, in front of which our gateway stands twice
  expect(problemsOf(sound, second({ fhirBase: 'https://ehr.clinic.example/fhir' }))).toEqual([])
})

test('no app bears the name that our gateway has at an EHR: by that name it is known there', () => {
  const named = production((file) => {
    first(file.apps)['id'] = 'vestibule-gateway'
  })
  expect(problemsOf(sound, named)).toEqual([
    'apps.vestibule-gateway: this is the name of our own gateway at an EHR (gatewayClientId)',
  ])
})

test('a portal that speaks for one EHR launches nothing on the charts of another', () => {
  const portal = (ehr: string) =>
    production((file) => {
      file.ehrs.push({ ...first(file.ehrs), id: 'second', fhirBase: 'https://two.clinic.example/fhir' })
      file.apps.push({
        kind: 'backend',
        id: 'portal',
        name: 'Portal',
        jwksUri: 'https://portal.example/jwks.json',
        scopes: ['__launch.create'],
        launchEhrs: ['second'],
        ehr,
      })
    })
  expect(problemsOf(sound, portal('second'))).toEqual([])
  expect(problemsOf(sound, portal('demo'))).toEqual([
    'apps.portal.launchEhrs: it speaks for demo alone (ehr), not for second',
  ])
})

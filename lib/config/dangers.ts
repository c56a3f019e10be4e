import { acrValues, satisfiesAcr } from '@/lib/config/acr-values'
import { findAppDangers } from '@/lib/config/app-dangers'
import type { Config } from '@/lib/config/configuration'
import { findDoorDangers } from '@/lib/config/door-dangers'
import type { ConfigFile } from '@/lib/config/file'
import { isLoopbackHost } from '@/lib/config/redirect-rules'

type Variables = Readonly<Record<string, string | undefined>>

/** Mixtures that must not start, each a sentence that says what to do. */
export function findDangers(config: Config, file: ConfigFile, variables: Variables): readonly string[] {
  return [
    ...issuerDangers(config),
    ...secretDangers(config),
    ...addressDangers(config),
    ...providerDangers(file, variables),
    ...nameDangers(config),
    ...findAppDangers(
      config.apps,
      config.ehrs.map((ehr) => ehr.id),
      (app) => config.appSecrets.get(app.id),
    ),
    ...stepUpDangers(config),
    ...launchDangers(config),
    ...findDoorDangers(config.ehrs),
    ...gatewayNameDangers(config),
  ]
}

function issuerDangers(config: Config): string[] {
  const problems: string[] = []
  const given = new URL(config.environment.VESTIBULE_PUBLIC_URL)
  if (given.pathname !== '/' || given.search || given.hash)
    problems.push('VESTIBULE_PUBLIC_URL: give scheme, host and port only')
  const isPublic = !isLoopback(config.issuer)
  if (isPublic && !config.isHttps) problems.push('VESTIBULE_PUBLIC_URL: a public issuer needs https')
  if (isPublic && config.demo)
    problems.push('demo: true is for loopback only; the public issuer needs a configuration of its own')
  if (isPublic && !config.environment.DATABASE_URL)
    problems.push('DATABASE_URL: the embedded database is for the demo; a public issuer needs PostgreSQL')
  if (isPublic && !config.environment.SMTP_URL)
    problems.push('SMTP_URL: notices to patients need a mail server')
  return problems
}

function secretDangers(config: Config): string[] {
  if (config.secrets.length === 0)
    return ['VESTIBULE_SECRETS: give at least one secret of 32 characters or more']
  return config.secrets.flatMap((secret, index) =>
    secret.length < 32 ? [`VESTIBULE_SECRETS: entry ${index + 1} is shorter than 32 characters`] : [],
  )
}

/** Plain http may leave this machine nowhere: EHRs, providers, redirects, mail. */
function addressDangers(config: Config): string[] {
  const addresses: [string, string][] = [
    ...config.ehrs.map((e): [string, string] => [`ehrs.${e.id}.fhirBase`, e.fhirBase]),
    ...config.ehrs.flatMap((e): [string, string][] =>
      e.credential.kind === 'backend-services' && e.credential.tokenEndpoint
        ? [[`ehrs.${e.id}.credential.tokenEndpoint`, e.credential.tokenEndpoint]]
        : [],
    ),
    ...config.providers.map((p): [string, string] => [`providers.${p.id}.issuer`, p.issuer]),
    ...config.apps.flatMap((a): [string, string][] => [
      ...(a.jwksUri ? [a.jwksUri] : []).map((u): [string, string] => [`apps.${a.id}.jwksUri`, u]),
      ...(a.kind === 'app'
        ? a.launchUrls.map((u): [string, string] => [`apps.${a.id}.launchUrls`, u])
        : a.returnAddresses.map((u): [string, string] => [`apps.${a.id}.returnAddresses`, u])),
    ]),
  ]
  const problems = addresses.flatMap(([where, address]) =>
    address.startsWith('http:') && !isLoopback(address) ? [`${where}: http is allowed on loopback only`] : [],
  )
  const smtp = config.environment.SMTP_URL
  if (smtp?.startsWith('smtp:') && !isLoopback(smtp) && !smtp.includes('requireTLS=true'))
    problems.push('SMTP_URL: use smtps://, or smtp:// with ?requireTLS=true')
  return problems
}

function providerDangers(file: ConfigFile, variables: Variables): string[] {
  return file.providers.flatMap((entry) => {
    const problems: string[] = []
    if (!entry.preset && !entry.issuer) problems.push(`providers.${entry.id}: give an issuer or a preset`)
    if (entry.clientSecretEnv && !variables[entry.clientSecretEnv])
      problems.push(`providers.${entry.id}: the environment variable ${entry.clientSecretEnv} is not set`)
    if (entry.demoClientSecret && !file.demo)
      problems.push(`providers.${entry.id}: demoClientSecret is for the demo; use clientSecretEnv`)
    return problems
  })
}

function nameDangers(config: Config): string[] {
  return [
    ...duplicates(
      'providers',
      config.providers.map((p) => p.id),
    ),
    ...duplicates(
      'ehrs',
      config.ehrs.map((e) => e.id),
    ),
    ...duplicates(
      'apps',
      config.apps.map((a) => a.id),
    ),
    ...config.roles.flatMap((rule, index) =>
      config.providers.some((p) => p.issuer === rule.issuer && p.workforce)
        ? []
        : [`roles.${index}: no provider marked workforce has this issuer`],
    ),
  ]
}

/** Two rules that no one proof satisfies would send people back and forth for ever. */
function stepUpDangers(config: Config): string[] {
  return config.ehrs.flatMap(({ id, stepUp }) =>
    acrValues.some((value) => stepUp.every((rule) => satisfiesAcr(value, rule.acr)))
      ? []
      : [`ehrs.${id}.stepUp: no acr satisfies every rule; give them one in common`],
  )
}

/** Who may launch what on whose chart: names that lead nowhere, and promises nobody could keep. */
function launchDangers(config: Config): string[] {
  return config.apps.flatMap((app) => {
    const addresses = app.kind === 'app' ? app.launchUrls : app.returnAddresses
    const list = app.kind === 'app' ? 'launchUrls' : 'returnAddresses'
    const problems = addresses
      .filter((address) => /[#*]/.test(address) || new URL(address).username || new URL(address).password)
      .map(() => `apps.${app.id}.${list}: no fragment, user information or wildcard allowed`)
    if (app.kind === 'app')
      return app.launchUrls.length > 0 && !app.scopes.includes('launch')
        ? [...problems, `apps.${app.id}.launchUrls: an app that is launched needs the scope launch`]
        : problems
    const unknown = app.launchEhrs.filter((id) => !config.ehrs.some((ehr) => ehr.id === id))
    const beyond = app.launchEhrs.filter((id) => app.ehr !== undefined && app.ehr !== id)
    const strange = app.vouchesFor.filter(
      (issuer) => !config.providers.some((one) => one.issuer === issuer && !one.workforce),
    )
    return [
      ...problems,
      ...unknown.map((id) => `apps.${app.id}.launchEhrs: there is no EHR ${id}`),
      ...beyond.map((id) => `apps.${app.id}.launchEhrs: it speaks for ${app.ehr} alone (ehr), not for ${id}`),
      ...strange.map(() => `apps.${app.id}.vouchesFor: no provider of patients has this issuer`),
      ...(app.launchEhrs.length > 0 !== app.scopes.includes('__launch.create')
        ? [`apps.${app.id}: launchEhrs and the scope __launch.create go together`]
        : []),
    ]
  })
}

function duplicates(where: string, ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map(
    (id) => `${where}: "${id}" appears twice`,
  )
}

/** Whether an address names this machine only: localhost, 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return isLoopbackHost(new URL(address).hostname)
}

/** An app of the gateway's name at an EHR would be taken for the gateway there: by its client id it is known. */
function gatewayNameDangers({ ehrs, apps }: Config): string[] {
  return apps.flatMap((app) =>
    ehrs.some((ehr) => ehr.gatewayClientId === app.id)
      ? [`apps.${app.id}: this is the name of our own gateway at an EHR (gatewayClientId)`]
      : [],
  )
}

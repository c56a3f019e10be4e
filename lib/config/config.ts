import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { z } from 'zod'
import { type Config, fillEhr, type Provider } from '@/lib/config/configuration'
import { findDangers } from '@/lib/config/dangers'
import { readOrWriteDemoSecret } from '@/lib/config/demo-secret'
import { type Environment, environmentSchema } from '@/lib/config/environment'
import { type ConfigFile, fileSchema, type ProviderEntry } from '@/lib/config/file'
import { once, setOnce } from '@/lib/process/once'

export type { Config, Ehr, Provider } from '@/lib/config/configuration'

/** Everything wrong with the configuration, each a sentence. Thrown once, at start. */
export class ConfigurationError extends Error {
  readonly code = 'configuration'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    )
    this.problems = problems
  }
}

/** The configuration of this process. Read from environment and file at first use. @throws ConfigurationError */
export function config(): Config {
  return once('config', () => loadConfig(process.env, process.cwd()))
}

/** Puts a configuration in place: at start, and in tests. */
export function setConfig(value: Config): void {
  setOnce('config', value)
}

/**
 * Reads environment and file and refuses dangerous mixtures, listing every problem at once. An empty environment
 * without a file is the demo on loopback. @throws ConfigurationError
 */
export function loadConfig(
  variables: Readonly<Record<string, string | undefined>>,
  directory: string,
): Config {
  const problems: string[] = []
  const environment = parse(environmentSchema, withoutEmpty(variables), 'environment', problems)
  const file = environment && readFile(environment, directory, problems)
  if (!environment || !file) throw new ConfigurationError(problems)

  const issuer = new URL(environment.VESTIBULE_PUBLIC_URL).origin
  const secrets = readSecrets(environment, file, directory)
  const built: Config = {
    ...file,
    issuer,
    isHttps: issuer.startsWith('https:'),
    environment,
    providers: file.providers.map((entry) => fillProvider(entry, variables)),
    ehrs: file.ehrs.map((entry) => fillEhr(entry, issuer)),
    appSecrets: readAppSecrets(file, variables),
    secrets,
  }
  problems.push(...findDangers(built, file, variables))
  if (problems.length > 0) throw new ConfigurationError(problems)
  return built
}

function readFile(environment: Environment, directory: string, problems: string[]): ConfigFile | undefined {
  const own = path.join(/* turbopackIgnore: true */ directory, 'vestibule.config.json')
  const demo = path.join(/* turbopackIgnore: true */ directory, 'demo/vestibule.config.json')
  const named = environment.VESTIBULE_CONFIG
  const file = named
    ? path.resolve(/* turbopackIgnore: true */ directory, named)
    : existsSync(own)
      ? own
      : demo
  if (!existsSync(file)) {
    problems.push(
      `configuration file not found: ${named ?? 'vestibule.config.json'} (see vestibule.config.example.json)`,
    )
    return undefined
  }
  try {
    return parse(fileSchema, JSON.parse(readFileSync(file, 'utf8')), path.basename(file), problems)
  } catch (error) {
    problems.push(
      `${path.basename(file)} is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
    return undefined
  }
}

function parse<S extends z.ZodType>(
  schema: S,
  input: unknown,
  where: string,
  problems: string[],
): z.infer<S> | undefined {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  for (const issue of result.error.issues)
    problems.push(`${where}: ${issue.path.join('.') || '(top)'}: ${issue.message}`)
  return undefined
}

function withoutEmpty(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter((e): e is [string, string] => !!e[1]))
}

function readSecrets(environment: Environment, file: ConfigFile, directory: string): readonly string[] {
  const given =
    environment.VESTIBULE_SECRETS?.split(',')
      .map((s) => s.trim())
      .filter(Boolean) ?? []
  if (given.length > 0 || !file.demo) return given
  return [
    readOrWriteDemoSecret(
      path.resolve(/* turbopackIgnore: true */ directory, environment.VESTIBULE_DATA_DIR),
    ),
  ]
}

function readAppSecrets(
  file: ConfigFile,
  variables: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  return new Map(
    file.apps.flatMap((app): [string, string][] => {
      const secret = app.kind === 'app' && app.clientSecretEnv && variables[app.clientSecretEnv]
      return secret ? [[app.id, secret]] : []
    }),
  )
}

function fillProvider(
  entry: ProviderEntry,
  variables: Readonly<Record<string, string | undefined>>,
): Provider {
  const { preset, issuer, clientSecretEnv, demoClientSecret, ...rest } = entry
  return {
    ...rest,
    issuer: preset === 'google' ? 'https://accounts.google.com' : (issuer ?? ''),
    clientSecret: clientSecretEnv ? variables[clientSecretEnv] : demoClientSecret,
  }
}

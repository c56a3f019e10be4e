import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Config, loadConfig } from '@/lib/config/config'
import { fillEhr } from '@/lib/config/configuration'
import type { ConfigFile } from '@/lib/config/file'

/** The secret of tests: 32 characters that protect nothing. */
export const testSecret = 'test-only-secret-0123456789abcdef'

/** The configuration of tests: the demo's, with the environment and overrides of the test. */
export function testConfig(
  environment: Readonly<Record<string, string>> = {},
  overrides: Partial<ConfigFile> = {},
): Config {
  const base = loadConfig(
    {
      VESTIBULE_SECRETS: testSecret,
      LOG_LEVEL: 'silent',
      PORT: '0',
      PLANE: 'protocol',
      VESTIBULE_CONFIG: 'demo/vestibule.config.json',
      ...environment,
    },
    path.resolve(import.meta.dirname, '..'),
  )
  if (Object.keys(overrides).length === 0) return base
  const { ehrs, providers, ...rest } = overrides
  return {
    ...base,
    ...rest,
    ...(providers
      ? {
          providers: providers.map(({ issuer, demoClientSecret, clientSecretEnv: _, preset: __, ...p }) => ({
            ...p,
            issuer: issuer ?? '',
            clientSecret: demoClientSecret,
          })),
        }
      : {}),
    ...(ehrs
      ? {
          ehrs: ehrs.map((e) => fillEhr(e, base.issuer)),
        }
      : {}),
  }
}

/** The demo's configuration file as it stands, to start overrides from. */
export function demoConfigFile(): ConfigFile {
  return JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../demo/vestibule.config.json'), 'utf8'))
}

import type { Environment } from '@/lib/config/environment'
import type { ConfigFile, ProviderEntry } from '@/lib/config/file'

/** A provider with everything filled in. `clientSecret` is undefined only for public clients. */
export type Provider = Omit<ProviderEntry, 'issuer' | 'clientSecretEnv' | 'demoClientSecret' | 'preset'> & {
  readonly issuer: string
  readonly clientSecret: string | undefined
}

/** An EHR with everything filled in. No base has a trailing slash. */
export type Ehr = ConfigFile['ehrs'][number] & {
  readonly audience: string
  /** Where our gateway stands in front of it. Serves nothing for an EHR that enforces by itself. */
  readonly gatewayBase: string
  /** What apps name as `aud` and call: our gateway, or the EHR that enforces by itself. */
  readonly appBase: string
  /** `aud` of apps' tokens: exactly one of the two, never both. */
  readonly appAudience: string
}

/** Fills in what follows from an entry and the issuer. */
export function fillEhr(entry: ConfigFile['ehrs'][number], issuer: string): Ehr {
  const fhirBase = entry.fhirBase.replace(/\/$/, '')
  const audience = entry.audience ?? fhirBase
  const gatewayBase = `${issuer}/fhir/${entry.id}`
  const isGateway = entry.enforcement === 'gateway'
  return {
    ...entry,
    fhirBase,
    audience,
    gatewayBase,
    appBase: isGateway ? gatewayBase : fhirBase,
    appAudience: isGateway ? gatewayBase : audience,
  }
}

/** The whole configuration in our words: parsed once, never changed. */
export type Config = Omit<ConfigFile, 'providers' | 'ehrs'> & {
  /** Scheme, host and port, no trailing slash: issuer, cookie scope and base of every link. */
  readonly issuer: string
  readonly isHttps: boolean
  readonly environment: Environment
  readonly providers: readonly Provider[]
  readonly ehrs: readonly Ehr[]
  /** Secrets of configured apps, by client_id. */
  readonly appSecrets: ReadonlyMap<string, string>
  /** Newest first. */
  readonly secrets: readonly string[]
}

import type { Environment } from '@/lib/config/environment'
import type { ConfigFile, ProviderEntry } from '@/lib/config/file'

/** A provider with everything filled in. `clientSecret` is undefined only for public clients. */
export type Provider = Omit<ProviderEntry, 'issuer' | 'clientSecretEnv' | 'demoClientSecret' | 'preset'> & {
  readonly issuer: string
  readonly clientSecret: string | undefined
}

/** An EHR with everything filled in. `gatewayBase` is what apps name as `aud`. No trailing slash on either base. */
export type Ehr = ConfigFile['ehrs'][number] & { readonly audience: string; readonly gatewayBase: string }

/** The whole configuration in our words: parsed once, never changed. */
export type Config = Omit<ConfigFile, 'providers' | 'ehrs'> & {
  /** Scheme, host and port, no trailing slash: issuer, cookie scope and base of every link. */
  readonly issuer: string
  readonly isHttps: boolean
  readonly environment: Environment
  readonly providers: readonly Provider[]
  readonly ehrs: readonly Ehr[]
  /** Newest first. */
  readonly secrets: readonly string[]
}

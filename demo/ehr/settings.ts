import type { JWK } from 'jose'
import { z } from 'zod'
import type { PortalOptions } from './portal/portal-settings'

/** What the server is started with. The environment of `main.ts` has the same names in capitals. */
export type EhrOptions = {
  /** 0 takes a free port. */
  readonly port?: number | undefined
  readonly host?: string | undefined
  readonly publicUrl?: string | undefined
  /** The one authorization server this EHR trusts. */
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly gatewayClientId?: string | undefined
  /** How a token is believed: by the issuer's published keys, or by asking the issuer about each. */
  readonly trust?: 'jwks' | 'introspection' | undefined
  /** Who lets an app's request through: the gateway in front of this server, or this server itself. */
  readonly enforcement?: 'gateway' | 'self' | undefined
  /** How this server proves itself when it asks the issuer. */
  readonly introspection?: { readonly clientId: string; readonly key: JWK } | undefined
  /** Name of this server in the issuer's configuration. */
  readonly nameAtIssuer?: string | undefined
  /** Where releases, holds and the demo's first day are kept; without it in memory. */
  readonly dataDir?: string | undefined
  /** `Type/id` of what was never written. */
  readonly without?: readonly string[] | undefined
  /** The demo's today, yyyy-mm-dd. */
  readonly today?: string | undefined
  readonly controlToken?: string | undefined
  /** With it the EHR has a patient portal at `/portal`. */
  readonly portal?: PortalOptions | undefined
  /** Where the access log's JSON lines go; standard output by default. */
  readonly writeLog?: ((line: string) => void) | undefined
}

export type EhrSettings = {
  readonly publicUrl: string
  readonly fhirBase: string
  readonly issuer: string
  readonly audience: string
  readonly gatewayClientId: string
  readonly trust: 'jwks' | 'introspection'
  readonly enforcement: 'gateway' | 'self'
  readonly introspection: { readonly clientId: string; readonly key: JWK } | undefined
  readonly nameAtIssuer: string
  readonly controlToken: string | undefined
  readonly writeLog: (line: string) => void
}

const environment = z.object({
  EHR_PORT: z.coerce.number().int().min(0).max(65_535).default(3002),
  EHR_HOST: z.string().min(1).optional(),
  EHR_PUBLIC_URL: z.url().optional(),
  EHR_ISSUER: z.url().optional(),
  EHR_AUDIENCE: z.string().min(1).optional(),
  EHR_GATEWAY_CLIENT_ID: z.string().min(1).optional(),
  TRUST: z.enum(['jwks', 'introspection']).default('jwks'),
  ENFORCEMENT: z.enum(['gateway', 'self']).default('gateway'),
  EHR_INTROSPECTION_CLIENT_ID: z.string().min(1).default('demo-ehr'),
  /** A private key, as a JWK. */
  EHR_INTROSPECTION_KEY: z
    .string()
    .transform((text) => z.looseObject({ kty: z.string(), kid: z.string() }).parse(JSON.parse(text)))
    .optional(),
  EHR_NAME_AT_ISSUER: z.string().min(1).default('demo'),
  EHR_DATA_DIR: z.string().min(1).optional(),
  EHR_WITHOUT: z.string().default(''),
  EHR_TODAY: z.iso.date().optional(),
  EHR_CONTROL_TOKEN: z.string().min(16).optional(),
  EHR_PORTAL_KEY: z.string().min(1).optional(),
  EHR_PROVIDER_ISSUER: z.url().default('http://localhost:3001'),
})

export function parseEnvironment(env: Readonly<Record<string, string | undefined>>): EhrOptions {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = environment.parse(given)
  return {
    port: parsed.EHR_PORT,
    host: parsed.EHR_HOST,
    publicUrl: parsed.EHR_PUBLIC_URL,
    issuer: parsed.EHR_ISSUER,
    audience: parsed.EHR_AUDIENCE,
    gatewayClientId: parsed.EHR_GATEWAY_CLIENT_ID,
    trust: parsed.TRUST,
    enforcement: parsed.ENFORCEMENT,
    introspection: parsed.EHR_INTROSPECTION_KEY
      ? { clientId: parsed.EHR_INTROSPECTION_CLIENT_ID, key: parsed.EHR_INTROSPECTION_KEY }
      : undefined,
    nameAtIssuer: parsed.EHR_NAME_AT_ISSUER,
    dataDir: parsed.EHR_DATA_DIR,
    without: parsed.EHR_WITHOUT.split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
    today: parsed.EHR_TODAY,
    controlToken: parsed.EHR_CONTROL_TOKEN,
    portal:
      parsed.EHR_PORTAL_KEY === undefined
        ? undefined
        : { keyFile: parsed.EHR_PORTAL_KEY, providerIssuer: parsed.EHR_PROVIDER_ISSUER },
  }
}

export function settingsFor(options: EhrOptions, port: number): EhrSettings {
  const publicUrl = (options.publicUrl ?? `http://localhost:${port}`).replace(/\/$/, '')
  return {
    publicUrl,
    fhirBase: `${publicUrl}/fhir`,
    issuer: options.issuer ?? 'http://localhost:3000',
    audience: options.audience ?? `${publicUrl}/fhir`,
    gatewayClientId: options.gatewayClientId ?? 'vestibule-gateway',
    trust: options.trust ?? 'jwks',
    enforcement: options.enforcement ?? 'gateway',
    introspection: options.introspection,
    nameAtIssuer: options.nameAtIssuer ?? 'demo',
    controlToken: options.controlToken,
    writeLog: options.writeLog ?? ((line) => process.stdout.write(`${line}\n`)),
  }
}

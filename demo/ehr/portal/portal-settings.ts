import { readFileSync } from 'node:fs'
import type { JWK } from 'jose'
import { z } from 'zod'

/** What the portal is started with; without a key there is no portal. */
export type PortalOptions = {
  /** File with its private key (JWK, EC P-384), which the broker knows the public half of. */
  readonly keyFile: string
  /** The identity provider that patients sign in with, here as at the broker. */
  readonly providerIssuer: string
}

export type PortalSettings = {
  /** Where this EHR is reached. */
  readonly publicUrl: string
  /** The broker: its address is its issuer. */
  readonly broker: string
  readonly providerIssuer: string
  readonly key: JWK
}

/** The portal's names: at the broker, at the identity provider, and of the app it opens. */
export const portalNames = {
  brokerClient: 'harbor-portal',
  providerClient: 'harbor-portal',
  providerSecret: 'demo-only-secret',
  ehr: 'demo',
  app: 'lab-window',
} as const

const keySchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
})

export function readPortalKey(file: string): JWK {
  return keySchema.parse(JSON.parse(readFileSync(file, 'utf8')))
}

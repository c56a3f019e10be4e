import type { ChildProcess } from 'node:child_process'

export type HousePorts = {
  broker: number
  provider: number
  ehr: number
  app: number
  mail: number
  smtp: number
}
export type HouseUrls = { broker: string; provider: string; ehr: string; app: string; mail: string }
export type HouseOptions = {
  readonly ports: HousePorts
  readonly dataDirectory: string
  readonly strangerHost?: string
  readonly controlToken?: string
  readonly configure?: (file: Record<string, unknown>) => Record<string, unknown>
  readonly environment?: Readonly<Record<string, string>>
  /** How the EHR believes a token: by our signature, or by asking us. */
  readonly trust?: 'jwks' | 'introspection'
  /** Who lets the app's requests through: our gateway, or the EHR itself, which the app then calls. */
  readonly enforcement?: 'gateway' | 'self'
  readonly onLine?: (process: string, line: string) => void
}
export const demoPorts: HousePorts
export function houseUrls(ports: HousePorts, strangerHost: string): HouseUrls
export function startHouse(options: HouseOptions): Promise<{
  readonly urls: HouseUrls
  readonly children: readonly ChildProcess[]
  readonly configFile: string
  stop(): Promise<void>
}>

import { config } from '@/lib/config/config'

/**
 * Tells next-auth our public address. It reads NEXTAUTH_URL from the environment at each call and would otherwise take
 * the Host header's word for it, or `localhost:3000`.
 */
export function publishNextAuthAddress(): void {
  process.env['NEXTAUTH_URL'] = `${config().issuer}/api/auth`
}

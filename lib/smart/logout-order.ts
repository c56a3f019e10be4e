import { z } from 'zod'
import { seal, unseal } from '@/lib/crypto/seal'

const orderSchema = z.strictObject({
  /** The app that asks, if it is known and there is nothing wrong with what it says. */
  app: z.string().optional(),
  /** One of that app's registered addresses, with its state. */
  to: z.string().optional(),
  /** Whom and which visit a proven hint means. Without one the person is asked. */
  hint: z.strictObject({ subject: z.string(), visit: z.string().optional() }).optional(),
  /** The provider of the visit that was ended. */
  provider: z.string().optional(),
  language: z.string().optional(),
  /** Epoch milliseconds. */
  until: z.number(),
})

/** What an app asks at sign-out, as far as it was proven. Travels sealed in the address, for nobody can change it there. */
export type Order = z.infer<typeof orderSchema>

/** As it stands in an address. */
export function sealOrder(order: Order): string {
  return Buffer.from(seal(JSON.stringify(order), 'logout')).toString('base64url')
}

/** What was sealed, if it is ours and not too old. */
export function readOrder(sealed: string | null, now: Date): Order | undefined {
  const plain = sealed === null ? undefined : unseal(Buffer.from(sealed, 'base64url'), 'logout')
  const order = plain === undefined ? undefined : orderSchema.parse(JSON.parse(plain))
  return order && order.until > now.getTime() ? order : undefined
}

import { z } from 'zod'
import type { Standing } from '@/lib/smart/standing'
import { styleAddress } from '@/lib/smart/style'

/**
 * What came with a launch beside the patient (SMART App Launch 2.2, launch context). Kept with the request, the code,
 * the refresh family and every token, so that token response, refresh and introspection say the same (K5, N3).
 */
export const launchContextSchema = z.object({
  /** Whether the app has to show whose chart it is (K3). */
  needPatientBanner: z.boolean().optional(),
  /** What the person was about to do (K3). */
  intent: z.string().max(200).optional(),
  /** The organisation, where one EHR serves several (K3). */
  tenant: z.string().max(200).optional(),
  /** Whether the clinic's look is offered: its address is made when a token is (K3). */
  hasStyle: z.boolean().optional(),
  /** Other resources in context (K4). */
  fhirContext: z
    .array(
      z.strictObject({
        reference: z.string().max(200).optional(),
        canonical: z.string().max(500).optional(),
        identifier: z
          .strictObject({ use: z.string().optional(), system: z.string().optional(), value: z.string() })
          .optional(),
        type: z.string().max(64).optional(),
        role: z.string().min(1).max(200).optional(),
      }),
    )
    .max(20)
    .optional(),
})

export type LaunchContext = z.infer<typeof launchContextSchema>

/** Another resource in context, as a portal named it. */
export type ContextResource = NonNullable<LaunchContext['fhirContext']>[number]

/** A token that is about to be made, as far as it depends on it what its app may see. */
export type TokenToBe = {
  readonly standing: Standing
  readonly scopes: readonly string[]
  readonly authTime: Date | null
  readonly acr: string | null
  readonly now: Date
}

/**
 * Which of the resources a portal named may be told to the app of a token. The verdict is the gateway's, which lies
 * above: the server hands it in. Never throws: a refusal here would tell of a resource.
 */
export type ListTellable = (
  named: readonly ContextResource[],
  token: TokenToBe,
) => Promise<readonly ContextResource[]>

/**
 * The context as it is told with this very token. A portal may name a result that its patient may not see yet; its name
 * alone would tell that it is there. With nothing left it is as if nothing had been named (K4).
 */
export async function tellableContext(
  context: LaunchContext,
  token: TokenToBe,
  listTellable: ListTellable,
): Promise<LaunchContext> {
  const { fhirContext, ...rest } = context
  if (fhirContext === undefined) return context
  const told = await listTellable(fhirContext, token)
  return told.length === 0 ? rest : { ...rest, fhirContext: [...told] }
}

/** The same as members of a token response or introspection (K1). */
export function contextMembers(context: LaunchContext): Readonly<Record<string, unknown>> {
  const { needPatientBanner, intent, tenant, fhirContext, hasStyle } = context
  return {
    ...(needPatientBanner === undefined ? {} : { need_patient_banner: needPatientBanner }),
    ...(intent === undefined ? {} : { intent }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(fhirContext === undefined ? {} : { fhirContext }),
    ...(hasStyle ? { smart_style_url: styleAddress() } : {}),
  }
}

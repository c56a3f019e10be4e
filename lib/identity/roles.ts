import { z } from 'zod'
import { config } from '@/lib/config/config'
import { type RoleRule, type StaffRoleName, staffRoles } from '@/lib/config/file'
import { db } from '@/lib/db/database'

/** Who asks for roles: the pair, and the ID token claims that rules may look at. */
export type RoleHolder = { readonly issuer: string; readonly subject: string; readonly claims: unknown }

const claimsSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())])).catch({})

/** The roles someone has now: by the configuration's rules and by rows given here. Never by an e-mail address. */
export async function listRoles(holder: RoleHolder): Promise<readonly StaffRoleName[]> {
  const { issuer, subject } = holder
  const rows = await db().staffRole.findMany({
    where: { issuer, subject, endedAt: null },
    select: { role: true },
  })
  const given = new Set(rows.map((row) => row.role))
  const ruled = new Set<string>(
    config()
      .roles.filter((rule) => isMatch(rule, holder))
      .map((rule) => rule.role),
  )
  return staffRoles.filter((role) => given.has(role) || ruled.has(role))
}

/** Whether a rule speaks of this holder: same issuer, and the same subject or a claim that has the value. */
export function isMatch(rule: RoleRule, holder: RoleHolder): boolean {
  if (rule.issuer !== holder.issuer) return false
  if ('subject' in rule) return rule.subject === holder.subject
  const claims = claimsSchema.parse(holder.claims)
  const value = Object.hasOwn(claims, rule.claim) ? claims[rule.claim] : undefined
  return typeof value === 'string' ? value === rule.value : (value?.includes(rule.value) ?? false)
}

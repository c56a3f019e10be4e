import { type App, findApp, listAppNames } from '@/lib/apps/apps'
import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { displayName, findPatientRecord } from '@/lib/ehrs/patients'
import { type GrantView, listGrants } from '@/lib/grants/grants'
import { listSignInGrants, type SignInGrantView } from '@/lib/grants/sign-in-grants'
import { listLogins, type OwnLogin } from '@/lib/identity/own-sign-ins'
import { type LinkView, listLinks } from '@/lib/linking/links'
import { logFault } from '@/lib/log/log'

/** A chart a person can open, and how they proved it. */
export type OwnChart = {
  readonly linkId: string
  readonly ehrId: string
  readonly clinic: string
  /** As the EHR spells it today: shown as text. Undefined while the EHR does not answer, or for a chart on hold. */
  readonly personName?: string | undefined
  readonly relationship: LinkView['relationship']
  readonly method: string
  readonly status: LinkView['status']
  readonly since: Date
  /** Name of the sign-in it was proven with. */
  readonly provenWith?: string | undefined
}

/** An app that may read a chart. */
export type OwnApp = {
  readonly grantId: string
  readonly linkId: string
  readonly name: string
  readonly developer?: string | undefined
  readonly logo?: string | undefined
  /** The clinic looked at this app. */
  readonly isReviewed: boolean
  /** The clinic took the app out of service: it can read nothing now. */
  readonly isRemoved: boolean
  readonly scopes: readonly string[]
  readonly since: Date
  readonly until: Date
  readonly lastUsedAt: Date | null
  /** When it was stopped because a spent key of its came back: it reads nothing until it is connected again. */
  readonly haltedAt: Date | null
}

/** An app that may know who the person is and opens no chart. */
export type OwnAppSignIn = Pick<OwnApp, 'name' | 'developer' | 'logo' | 'since' | 'until' | 'lastUsedAt'> & {
  readonly id: string
}

/** Everything of a person's own page. */
export type OwnAccount = {
  readonly charts: readonly OwnChart[]
  readonly apps: readonly OwnApp[]
  readonly appSignIns: readonly OwnAppSignIn[]
  readonly logins: readonly OwnLogin[]
}

/** Milliseconds a page waits for names from an EHR: without them it is still a page. */
const namePatienceMs = 1500

/** What a person can open, who may read it, and how they sign in. */
export async function describeAccount(accountId: string, now: Date): Promise<OwnAccount> {
  const [links, grants, signIns, logins] = await Promise.all([
    listLinks(accountId),
    listGrants(accountId, now),
    listSignInGrants(accountId, now),
    listLogins(accountId),
  ])
  const alive = grants.filter((grant) => links.some((link) => link.id === grant.linkId))
  const names = await listAppNames([...alive, ...signIns].map((grant) => grant.appId))
  return {
    charts: await Promise.all(links.map((link) => describeChart(link, logins))),
    apps: await Promise.all(alive.map((grant) => describeApp(grant, names.get(grant.appId)))),
    appSignIns: await Promise.all(signIns.map((grant) => describeSignIn(grant, names.get(grant.appId)))),
    logins,
  }
}

/** One chart of a person's own, or undefined: another person's link is not found. */
export async function findOwnChart(accountId: string, linkId: string): Promise<OwnChart | undefined> {
  const [links, logins] = await Promise.all([listLinks(accountId), listLogins(accountId)])
  const link = links.find((one) => one.id === linkId)
  return link && describeChart(link, logins)
}

/** One app of a person's own, or undefined: another person's grant is not found. */
export async function findOwnApp(accountId: string, grantId: string, now: Date): Promise<OwnApp | undefined> {
  const grant = (await listGrants(accountId, now)).find((one) => one.id === grantId)
  if (!grant) return undefined
  return describeApp(grant, (await listAppNames([grant.appId])).get(grant.appId))
}

async function describeChart(link: LinkView, logins: readonly OwnLogin[]): Promise<OwnChart> {
  const { id, ehrId, relationship, method, status, createdAt } = link
  return {
    linkId: id,
    ehrId,
    clinic: findEhr(ehrId)?.name ?? ehrId,
    personName: status === 'active' ? await findName(link) : undefined,
    relationship,
    method,
    status,
    since: createdAt,
    provenWith: logins.find((login) => login.id === link.loginId)?.provider,
  }
}

async function describeApp(grant: GrantView, knownName: string | undefined): Promise<OwnApp> {
  const app: App | undefined = await findApp(db(), grant.appId)
  const shown = app?.kind === 'app' ? app : undefined
  return {
    grantId: grant.id,
    linkId: grant.linkId,
    name: knownName ?? grant.appId,
    developer: shown?.developer,
    logo: shown?.logo,
    isReviewed: shown?.reviewed ?? false,
    isRemoved: app === undefined,
    scopes: grant.scopes,
    since: grant.createdAt,
    until: grant.expiresAt,
    lastUsedAt: grant.lastUsedAt,
    haltedAt: grant.haltedAt,
  }
}

async function describeSignIn(grant: SignInGrantView, knownName: string | undefined): Promise<OwnAppSignIn> {
  const app = await findApp(db(), grant.appId)
  const shown = app?.kind === 'app' ? app : undefined
  return {
    id: grant.id,
    name: knownName ?? grant.appId,
    developer: shown?.developer,
    logo: shown?.logo,
    since: grant.createdAt,
    until: grant.expiresAt,
    lastUsedAt: grant.lastUsedAt,
  }
}

async function findName(link: LinkView): Promise<string | undefined> {
  const ehr = findEhr(link.ehrId)
  if (!ehr) return undefined
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), namePatienceMs)
  })
  const asked = findPatientRecord(ehr, link.patientId, {
    sub: link.accountId,
    app: 'vestibule:account',
    patient: link.patientId,
    scope: 'system/Patient.rs',
    purpose: 'PATADMIN',
  }).catch((fault: unknown) => {
    logFault('account.chart-name', fault)
    return undefined
  })
  const found = await Promise.race([asked, tooLate])
  clearTimeout(timer)
  return found?.outcome === 'found' ? displayName(found.record) || undefined : undefined
}

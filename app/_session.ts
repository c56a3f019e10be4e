import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { StaffRoleName } from '@/lib/config/file'
import { isFresh } from '@/lib/identity/assurance'
import { findPatient, findStaff, type PatientSession, type StaffSession } from '@/lib/identity/session'
import type { StepUpReason } from '@/lib/smart/step-up'
import { now } from '@/lib/time/clock'

/** The patient signed in, or the sign-in page, which returns to `returnTo`. Every page and action asks for itself. */
export async function requirePatient(returnTo: string): Promise<PatientSession> {
  const session = await findPatient(await cookieHeader(), now())
  return session ?? redirect(`/sign-in?${new URLSearchParams({ to: returnTo })}`)
}

/** The patient signed in, if any: for pages that greet strangers too. */
export async function currentPatient(): Promise<PatientSession | undefined> {
  return findPatient(await cookieHeader(), now())
}

/**
 * The patient signed in and proven to be there within the last five minutes; or the page where that can be had, which
 * returns to `returnTo`. For acts that a stolen session must not do (spec A11).
 */
export async function requireFresh(returnTo: string, why: StepUpReason): Promise<PatientSession> {
  const patient = await requirePatient(returnTo)
  return isFresh(patient, now())
    ? patient
    : redirect(`/step-up?${new URLSearchParams({ to: returnTo, for: why })}`)
}

/**
 * The staff member signed in, with two factors proven and at least one of these roles; or the page where what is missing
 * can be had. Roles are read from configuration and database at each call.
 */
export async function requireStaff(need: {
  readonly roles: readonly StaffRoleName[]
  readonly returnTo?: string
}): Promise<StaffSession> {
  const session = await requireSecondFactor(need.returnTo ?? '/staff')
  if (!session.roles.some((role) => need.roles.includes(role)))
    redirect('/sign-in/problem?why=no-role&kind=staff')
  return session
}

/** The staff member signed in with two factors proven, whatever the roles: for redeeming an invitation. */
export async function requireSecondFactor(returnTo: string): Promise<StaffSession> {
  const session = await requireStaffSignIn(returnTo)
  return session.mfa === null
    ? redirect(`/staff/second-factor?${new URLSearchParams({ to: returnTo })}`)
    : session
}

/** The staff member signed in, the second factor perhaps still open: for the page that asks for it, and no other. */
export async function requireStaffSignIn(returnTo: string): Promise<StaffSession> {
  const session = await findStaff(await cookieHeader(), now())
  return session ?? redirect(`/staff/sign-in?${new URLSearchParams({ to: returnTo })}`)
}

/** The `Cookie` header of the request, for lib. */
export async function cookieHeader(): Promise<string | null> {
  return (await headers()).get('cookie')
}

/** Sets a cookie that lib made (a `Set-Cookie` value) from a server action. */
export async function keepCookie(setCookie: string): Promise<void> {
  const [pair = '', ...attributes] = setCookie.split('; ')
  const at = pair.indexOf('=')
  const maxAge = attributes.find((attribute) => attribute.startsWith('Max-Age='))?.slice('Max-Age='.length)
  const jar = await cookies()
  jar.set(pair.slice(0, at), pair.slice(at + 1), {
    path: '/',
    httpOnly: true,
    sameSite: attributes.includes('SameSite=Strict') ? 'strict' : 'lax',
    secure: attributes.includes('Secure'),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
  })
}

import { createHash } from 'node:crypto'
import { type Person, people, type StaffMember, staff } from '../people'
import type { IssuerEntry, IssuerKey } from './issuers'

/** Somebody who can sign in at one issuer. */
export type Account = {
  /** Stable and opaque; another issuer names the same person differently. */
  readonly subject: string
  readonly userName: string
  readonly name: string
  readonly email: string
  readonly note: string
}

/** The accounts of one issuer: the cast, and whoever typed a user name since the start. */
export type AccountDirectory = {
  readonly cast: readonly Account[]
  find(subject: string): Account | undefined
  /** A cast member by key, or a new account for any other well-formed user name; undefined if it is malformed. */
  open(userName: string): Account | undefined
}

/**
 * The `sub` of a cast member at an issuer. At the home issuer (Sunrise for people, Harbor for staff) it is the
 * account id itself, so that a configuration can name a role by {issuer, subject}; Northwind knows the same
 * people by other names.
 */
export function subjectAt(issuer: IssuerKey, idpSubject: string): string {
  return issuer === 'northwind' ? derive('northwind', idpSubject) : idpSubject
}

export function openDirectory(issuer: IssuerEntry): AccountDirectory {
  const cast =
    issuer.audience === 'workforce'
      ? staff.map((member) => staffAccount(issuer, member))
      : people.map((person) => personAccount(issuer, person))
  const bySubject = new Map(cast.map((account) => [account.subject, account]))
  return {
    cast,
    find: (subject) => bySubject.get(subject),
    open: (typed) => {
      const userName = typed.trim().toLowerCase()
      const known = cast.find((account) => account.userName === userName)
      if (known) return known
      if (!/^[a-z0-9][a-z0-9._-]{0,39}$/.test(userName)) return undefined
      const account = newAccount(issuer, userName)
      bySubject.set(account.subject, account)
      return account
    },
  }
}

function personAccount(issuer: IssuerEntry, person: Person): Account {
  return {
    subject: subjectAt(issuer.key, person.idpSubject),
    userName: person.key,
    name: person.name,
    email: person.contact.email ?? `${person.key}@example.org`,
    note: person.whatToTry,
  }
}

const duties = {
  desk: 'Front desk: finds a chart and issues activation codes.',
  records: 'Records: works the review queue.',
  admin: 'Administrator: everything, and the stop switches.',
} as const satisfies Record<StaffMember['role'], string>

function staffAccount(issuer: IssuerEntry, member: StaffMember): Account {
  return {
    subject: subjectAt(issuer.key, member.idpSubject),
    userName: member.key,
    name: member.name,
    email: `${member.key}@harbor.example.org`,
    note: member.fhirPractitioner ? `Clinician. ${duties[member.role]}` : duties[member.role],
  }
}

function newAccount(issuer: IssuerEntry, userName: string): Account {
  return {
    subject: derive(issuer.key, `typed ${userName}`),
    userName,
    name: userName,
    email: `${userName}@example.org`,
    note: 'Not in the cast.',
  }
}

function derive(issuer: IssuerKey, seed: string): string {
  return createHash('sha256').update(`${issuer}\n${seed}`).digest('base64url').slice(0, 24)
}

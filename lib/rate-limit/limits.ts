import { config } from '@/lib/config/config'
import type { LimitName } from '@/lib/config/limit-names'

export type { LimitName } from '@/lib/config/limit-names'

/**
 * At most `count` hits in `windowSeconds` for one key. Where it `doubles`, each time the limit is reached again within a
 * day the window is twice as long, up to a day (spec A8): who guesses on waits longer and longer.
 */
export type Limit = { readonly count: number; readonly windowSeconds: number; readonly doubles?: boolean }

/** The limits as they come, one line each. The configuration may set others. */
const limits = {
  /** Sign-ins begun from one network. */
  signInPerNetwork: { count: 60, windowSeconds: 300 },
  /** Linking attempts of one login (issuer, subject): 5 in six hours … */
  linkingPerLogin: { count: 5, windowSeconds: 6 * 3600, doubles: true },
  /** … and 10 in seven days. */
  linkingPerLoginWeek: { count: 10, windowSeconds: 7 * 86_400 },
  /** Failed linking attempts from one /24 or /48, clinic networks excepted. */
  linkingFailuresPerNetwork: { count: 20, windowSeconds: 3600, doubles: true },
  linkingFailuresPerNetworkBurst: { count: 5, windowSeconds: 60, doubles: true },
  linkingFailuresPerClinicNetwork: { count: 200, windowSeconds: 3600 },
  /** Failures against one record over all logins: then linking to it is locked for a day. */
  linkingFailuresPerRecord: { count: 5, windowSeconds: 86_400 },
  /** Distinct records one login tried. */
  recordsPerLogin: { count: 2, windowSeconds: 30 * 86_400 },
  /** Distinct logins that tried one record. */
  loginsPerRecord: { count: 3, windowSeconds: 30 * 86_400 },
  /** That a login tried a record at all, so that trying it again is no new one. */
  recordAndLogin: { count: 1, windowSeconds: 30 * 86_400 },
  /** Links an account, and a record, may begin or end in a day: an end is counted, never refused. */
  linkChangesPerAccount: { count: 3, windowSeconds: 86_400 },
  linkChangesPerRecord: { count: 3, windowSeconds: 86_400 },
  /** Codes that do not exist, from everywhere: more than this in an hour is an attack, and alarms. */
  unknownCodes: { count: 50, windowSeconds: 3600 },
  /** Codes one form of the staff page makes: posting it again makes no other. */
  codesPerForm: { count: 1, windowSeconds: 3 * 3600 },
  /** "This was not me" numbers tried from one network. */
  repudiationsPerNetwork: { count: 10, windowSeconds: 3600, doubles: true },
  /** Codes from the desk tried by one account. */
  stepUpCodesPerAccount: { count: 5, windowSeconds: 3600, doubles: true },
  /** Wrong client credentials per client and network. */
  clientFailures: { count: 20, windowSeconds: 300 },
  /** Times a client's keys are fetched, and fetched anew because a signature named a key not among them. */
  clientKeys: { count: 60, windowSeconds: 60 },
  clientKeysAgain: { count: 5, windowSeconds: 300 },
  /** Apps that register themselves from one network. */
  registrationsPerNetwork: { count: 10, windowSeconds: 3600 },
  /** Failed proofs (client, redirect URI, verifier) with one authorization code from one network. */
  codeFailures: { count: 5, windowSeconds: 300 },
  /** Authorization requests begun from one network. */
  authorizePerNetwork: { count: 300, windowSeconds: 300 },
  /** Launches one portal orders. */
  launchesPerPortal: { count: 3_000, windowSeconds: 300 },
  /** Requests pushed by one app: a whole clinic's people may come through its one server. */
  pushedPerApp: { count: 1200, windowSeconds: 300 },
  /** Reads of one access token that found nothing: who goes on is guessing ids. */
  gatewayNotFound: { count: 100, windowSeconds: 300 },
} as const satisfies Record<LimitName, Limit>

/** A limit as it is in force here. */
export function limitOf(name: LimitName): Limit {
  return { ...limits[name], ...config().limits[name] }
}

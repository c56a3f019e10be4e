/** The limits, one line each: at most `count` hits in `windowSeconds` for one key. */
export const limits = {
  /** Sign-ins begun from one network. */
  signInPerNetwork: { count: 60, windowSeconds: 300 },
  /** Linking attempts of one login (issuer, subject): 5 in six hours … */
  linkingPerLogin: { count: 5, windowSeconds: 6 * 3600 },
  /** … and 10 in seven days. */
  linkingPerLoginWeek: { count: 10, windowSeconds: 7 * 86_400 },
  /** Failed linking attempts from one /24 or /48, clinic networks excepted. */
  linkingFailuresPerNetwork: { count: 20, windowSeconds: 3600 },
  linkingFailuresPerNetworkBurst: { count: 5, windowSeconds: 60 },
  linkingFailuresPerClinicNetwork: { count: 200, windowSeconds: 3600 },
  /** Failures against one record over all logins: then linking to it is locked for a day. */
  linkingFailuresPerRecord: { count: 5, windowSeconds: 86_400 },
  /** Distinct records one login tried. */
  recordsPerLogin: { count: 2, windowSeconds: 30 * 86_400 },
  /** Distinct logins that tried one record. */
  loginsPerRecord: { count: 3, windowSeconds: 30 * 86_400 },
  /** That a login tried a record at all, so that trying it again is no new one. */
  recordAndLogin: { count: 1, windowSeconds: 30 * 86_400 },
  /** Codes that do not exist, from everywhere: more than this in an hour is an attack, and alarms. */
  unknownCodes: { count: 50, windowSeconds: 3600 },
  /** Codes one form of the staff page makes: posting it again makes no other. */
  codesPerForm: { count: 1, windowSeconds: 3 * 3600 },
  /** "This was not me" numbers tried from one network. */
  repudiationsPerNetwork: { count: 10, windowSeconds: 3600 },
  /** Wrong client credentials per client and network. */
  clientFailures: { count: 20, windowSeconds: 300 },
  /** Failed proofs (client, redirect URI, verifier) with one authorization code from one network. */
  codeFailures: { count: 5, windowSeconds: 300 },
  /** Authorization requests begun from one network. */
  authorizePerNetwork: { count: 300, windowSeconds: 300 },
} as const satisfies Record<string, { readonly count: number; readonly windowSeconds: number }>

export type LimitName = keyof typeof limits

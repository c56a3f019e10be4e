/** The limits an operator may set in the configuration file; their meaning stands in lib/rate-limit/limits. */
export const limitNames = [
  'signInPerNetwork',
  'linkingPerLogin',
  'linkingPerLoginWeek',
  'linkingFailuresPerNetwork',
  'linkingFailuresPerNetworkBurst',
  'linkingFailuresPerClinicNetwork',
  'linkingFailuresPerRecord',
  'recordsPerLogin',
  'loginsPerRecord',
  'recordAndLogin',
  'linkChangesPerAccount',
  'linkChangesPerRecord',
  'unknownCodes',
  'codesPerForm',
  'repudiationsPerNetwork',
  'stepUpCodesPerAccount',
  'clientFailures',
  'clientKeys',
  'clientKeysAgain',
  'codeFailures',
  'authorizePerNetwork',
  'gatewayNotFound',
  'launchesPerPortal',
  'pushedPerApp',
] as const

export type LimitName = (typeof limitNames)[number]

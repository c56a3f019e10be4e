import type { CodeFormWords } from '@/app/staff/charts/code-form'
import { config } from '@/lib/config/config'
import type { IssueRefusal } from '@/lib/journeys/issue-code'
import type { ChartView } from '@/lib/journeys/staff-charts'
import type { Translate } from '@/lib/language/translate'

/** Who can be given a code for a chart: the patient if the record lets it, and the people who act for the patient. */
export function listReceivers(
  t: Translate,
  chart: Pick<ChartView, 'selfCode' | 'proxies'>,
): readonly { readonly value: string; readonly label: string; readonly hint?: string }[] {
  const isOpen = chart.selfCode === 'eligible' || chart.selfCode === 'under-age'
  return [
    ...(chart.selfCode === 'eligible'
      ? [
          { value: 'self', label: t('staff.chart.patientHere') },
          { value: 'self-post', label: t('staff.chart.patientPost') },
        ]
      : []),
    ...(isOpen ? chart.proxies : []).map(({ id, name, relationship }) => ({
      value: `proxy:${id}`,
      label: t('staff.chart.proxyHere', { name }),
      ...(relationship ? { hint: t('staff.chart.proxyHint', { relationship }) } : {}),
    })),
  ]
}

/** The words of the form, which runs in the browser and cannot ask for them. */
export function codeFormWords(t: Translate): CodeFormWords {
  const { brand, issuer } = config()
  return {
    who: t('staff.chart.who'),
    identification: t('staff.chart.identification'),
    issueNow: t('staff.chart.issueNow'),
    incomplete: t('staff.chart.choose'),
    codeTitle: t('staff.chart.codeTitle'),
    slipTitle: t('staff.chart.slipTitle'),
    slipHow: t('staff.chart.slipHow', { address: `${issuer.replace(/^https?:\/\//, '')}/link` }),
    slipBirthDate: t('staff.chart.slipBirthDate'),
    slipUntil: t('staff.chart.slipUntil', { date: '{date}' }),
    slipHelp: t('staff.chart.slipHelp', { clinic: brand.shortName, phone: brand.phone }),
    qr: t('staff.chart.qr'),
    print: t('staff.chart.print'),
    noContact: t('staff.chart.noContact'),
    refused: Object.fromEntries(Object.entries(refusals).map(([reason, key]) => [reason, t(key)])),
  }
}

/** Every reason has words: a new one does not compile until it has some. */
const refusals = {
  'under-age': 'staff.chart.refused.under-age',
  merged: 'staff.chart.refused.merged',
  inactive: 'staff.chart.refused.inactive',
  deceased: 'staff.chart.refused.deceased',
  'not-found': 'staff.chart.refused.not-found',
  'proxy-ended': 'staff.chart.refused.proxy-ended',
  'no-birth-date': 'staff.chart.refused.no-birth-date',
  'own-record': 'staff.chart.refused.own-record',
  paused: 'staff.chart.refused.paused',
  'ehr-unreachable': 'staff.chart.refused.ehr-unreachable',
  'unknown-ehr': 'staff.chart.refused.unknown-ehr',
  'already-made': 'staff.chart.refused.already-made',
  expired: 'staff.chart.refused.expired',
} as const satisfies Record<IssueRefusal | 'expired', string>

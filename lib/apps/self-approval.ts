import type { PatientApp } from '@/lib/apps/metadata'
import { appStatements } from '@/lib/config/app-entry'
import { config } from '@/lib/config/config'

/** Every registered app may ask for what a patient opens, and nothing else; the rest of the policy is here. */
export function mayApproveItself(app: PatientApp, resembles: readonly string[]): boolean {
  const declaresAll = appStatements.every((statement) => app.statements.includes(statement))
  const isLaunched = app.launchUrls.length > 0
  return (
    config().registration === 'auto-approve-patient-apps' &&
    declaresAll &&
    !isLaunched &&
    [app.name, app.developer].every(isPlainlyWritten) &&
    resembles.length === 0
  )
}

/**
 * Whether a name is written in Latin letters, accents aside. No list of letters that pass for others is ever whole, and
 * some are not seen at all: in any other writing a name is looked at by somebody (Unicode UTS 39).
 */
function isPlainlyWritten(name: string): boolean {
  return /^[\x20-\x7e]+$/.test(name.normalize('NFKD').replace(/\p{M}/gu, ''))
}

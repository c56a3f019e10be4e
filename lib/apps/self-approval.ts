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
    resembles.length === 0
  )
}

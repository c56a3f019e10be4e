import { type Chart, chartId, subjectOf, write } from './chart'
import { concept, systems } from './codes'
import { laboratoryId } from './directory'
import { type LabCircumstances, labelled } from './lab-circumstances'

/** A report on its own (pathology, say), with or without its document. */
export function writeReport(
  chart: Chart,
  order: string,
  name: string,
  code: { readonly code: string; readonly display: string },
  results: readonly string[],
  at: LabCircumstances,
  options: { readonly document: boolean; readonly section?: string; readonly conclusion?: string },
): string {
  const report = `DiagnosticReport/${chartId(chart, 'report', name)}`
  const document = `DocumentReference/${chartId(chart, 'document', name)}`
  const binary = `Binary/${chartId(chart, 'binary', name)}`
  const issued = chart.clock.at(at.daysAgo, at.time ?? '13:00')
  const pdf = { contentType: 'application/pdf', title: `${code.display}.pdf` }
  write(
    chart,
    {
      resourceType: 'DiagnosticReport',
      id: chartId(chart, 'report', name),
      ...labelled(at),
      identifier: [
        { system: systems.accession, value: `A-${chartId(chart, 'accession', name).slice(1, 9)}` },
      ],
      basedOn: [{ reference: order }],
      status: at.status ?? 'final',
      category: [concept(systems.reportCategory, options.section ?? 'LAB', 'Laboratory')],
      code: concept(systems.loinc, code.code, code.display),
      subject: subjectOf(chart),
      effectiveDateTime: chart.clock.at(at.daysAgo, at.drawn ?? '08:10'),
      issued,
      performer: [{ reference: `Organization/${laboratoryId}`, display: 'Harbor Clinic Laboratory' }],
      ...(results.length > 0 ? { result: results.map((reference) => labelOf(chart, reference)) } : {}),
      ...(options.conclusion ? { conclusion: options.conclusion } : {}),
      ...(options.document ? { presentedForm: [{ ...pdf }] } : {}),
    },
    issued,
  )
  if (!options.document) return report
  write(
    chart,
    {
      resourceType: 'DocumentReference',
      id: chartId(chart, 'document', name),
      ...labelled(at),
      status: 'current',
      type: concept(systems.loinc, '11502-2', 'Laboratory report'),
      category: [
        concept(
          'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
          'clinical-note',
          'Clinical Note',
        ),
      ],
      subject: subjectOf(chart),
      date: issued,
      content: [{ attachment: { ...pdf, url: binary } }],
      context: { related: [{ reference: report, display: code.display }] },
    },
    issued,
    { because: [report] },
  )
  write(
    chart,
    {
      resourceType: 'Binary',
      id: chartId(chart, 'binary', name),
      ...labelled(at),
      contentType: 'application/pdf',
      securityContext: { reference: document },
    },
    issued,
    { because: [report] },
  )
  return report
}

/** A reference with the name of what it points to, as laboratories write it. */
export function labelOf(chart: Chart, reference: string): { reference: string; display?: string } {
  const id = reference.split('/')[1]
  const found = chart.entries.find((entry) => entry.resource.id === id)?.resource
  const display = found?.resourceType === 'Observation' ? found.code.text : undefined
  return { reference, ...(display ? { display } : {}) }
}

import type { Observation } from 'fhir/r4'
import { type Chart, chartId, clinicianReference, subjectOf, write } from './chart'
import {
  concept,
  type LabPanelName,
  type LabTest,
  type LabTestName,
  labPanels,
  labTests,
  systems,
} from './codes'
import { laboratoryId } from './directory'
import { type LabCircumstances, labelled } from './lab-circumstances'
import { writeRelease } from './release-fact'
import { labelOf, writeReport } from './report'

type Value = number | string

/** The order that results are `basedOn`. */
export function writeOrder(chart: Chart, name: string, display: string, at: LabCircumstances): string {
  return write(
    chart,
    {
      resourceType: 'ServiceRequest',
      id: chartId(chart, 'order', name),
      status: 'completed',
      intent: 'order',
      category: [concept(systems.snomed, '108252007', 'Laboratory procedure')],
      code: { text: display },
      subject: subjectOf(chart),
      authoredOn: chart.clock.at(at.daysAgo + 1, '15:00'),
      requester: clinicianReference(at.by ?? 'adeyemi'),
    },
    chart.clock.at(at.daysAgo + 1, '15:00'),
  )
}

/** One result under an order, with its release when it has one. Gives its reference. */
export function writeResult(
  chart: Chart,
  order: string,
  test: LabTestName,
  value: Value,
  at: LabCircumstances,
): string {
  const reference = writeObservation(chart, order, test, value, at)
  if (at.released) writeRelease(chart, test, [reference], at)
  return reference
}

/** One test with an order of its own. */
export function writeSingle(chart: Chart, test: LabTestName, value: Value, at: LabCircumstances): string {
  const order = writeOrder(chart, `${test}-${at.daysAgo}`, labTests[test].display, at)
  return writeResult(chart, order, test, value, at)
}

/**
 * A panel: order, specimen, children, the panel Observation with `hasMember`, the report with its PDF, and one
 * release that covers all of them. `apart` names children that have circumstances of their own.
 */
export function writePanel(
  chart: Chart,
  panel: LabPanelName,
  values: Partial<Record<LabTestName, Value>>,
  at: LabCircumstances,
  options: {
    readonly apart?: Partial<Record<LabTestName, Partial<LabCircumstances>>>
    readonly document?: boolean
  } = {},
): void {
  const name = `${panel}-${at.daysAgo}`
  const order = writeOrder(chart, name, labPanels[panel].display, at)
  const covered: string[] = []
  const members: string[] = []
  for (const [test, value] of Object.entries(values)) {
    if (!isLabTestName(test)) continue
    const own = options.apart?.[test]
    const circumstances: LabCircumstances = own ? { ...withoutRelease(at), ...own } : at
    const member = own
      ? writeResult(chart, order, test, value, circumstances)
      : writeObservation(chart, order, test, value, circumstances)
    members.push(member)
    if (!own) covered.push(member)
  }
  const { code, display } = labPanels[panel]
  covered.push(
    writePanelObservation(chart, order, name, { code, display }, members, at),
    writeReport(chart, order, name, { code, display }, members, at, { document: options.document !== false }),
  )
  if (at.released) writeRelease(chart, name, covered, at)
}

/** A single test reported as a document: order, result, report, PDF, and a task to talk about it. */
export function writeReportedTest(chart: Chart, test: LabTestName, value: Value, at: LabCircumstances): void {
  const name = `${test}-${at.daysAgo}`
  const order = writeOrder(chart, name, labTests[test].display, at)
  const result = writeObservation(chart, order, test, value, at)
  const report = writeReport(chart, order, name, labTests[test], [result], at, { document: true })
  if (at.released) writeRelease(chart, name, [result, report], at)
  write(
    chart,
    {
      resourceType: 'Task',
      id: chartId(chart, 'task', name),
      status: at.released ? 'completed' : 'requested',
      intent: 'order',
      description: `Discuss with the patient: ${labTests[test].display}`,
      focus: { reference: report, display: labTests[test].display },
      for: subjectOf(chart),
      owner: clinicianReference(at.by ?? 'adeyemi'),
      authoredOn: chart.clock.at(at.daysAgo, '14:00'),
    },
    chart.clock.at(at.daysAgo, '14:00'),
    { because: [report] },
  )
}

function writeObservation(
  chart: Chart,
  order: string,
  test: LabTestName,
  value: Value,
  at: LabCircumstances,
): string {
  const known: LabTest = labTests[test]
  const issued = chart.clock.at(at.daysAgo, at.time ?? '12:40')
  return write(
    chart,
    {
      ...observationBase(chart, order, ['result', test, order, at.time ?? ''], at),
      code: { ...concept(systems.loinc, known.code, known.display) },
      issued,
      specimen: { reference: writeSpecimen(chart, order, at) },
      ...(typeof value === 'number' ? measured(known, value) : { valueCodeableConcept: { text: value } }),
      ...(at.comment ? { note: [{ text: at.comment }] } : {}),
    },
    issued,
  )
}

function writePanelObservation(
  chart: Chart,
  order: string,
  name: string,
  code: { readonly code: string; readonly display: string },
  members: readonly string[],
  at: LabCircumstances,
): string {
  const issued = chart.clock.at(at.daysAgo, at.time ?? '12:45')
  return write(
    chart,
    {
      ...observationBase(chart, order, ['panel', name], at),
      code: concept(systems.loinc, code.code, code.display),
      issued,
      hasMember: members.map((reference) => labelOf(chart, reference)),
    },
    issued,
  )
}

function observationBase(
  chart: Chart,
  order: string,
  path: readonly string[],
  at: LabCircumstances,
): Omit<Observation & { id: string }, 'code'> {
  return {
    resourceType: 'Observation',
    id: chartId(chart, ...path),
    ...labelled(at),
    basedOn: [{ reference: order }],
    status: at.status ?? 'final',
    ...(at.uncategorised
      ? {}
      : { category: [concept(systems.observationCategory, 'laboratory', 'Laboratory')] }),
    subject: subjectOf(chart),
    effectiveDateTime: chart.clock.at(at.daysAgo, at.drawn ?? '08:10'),
    performer: [{ reference: `Organization/${laboratoryId}`, display: 'Harbor Clinic Laboratory' }],
  }
}

function writeSpecimen(chart: Chart, order: string, at: LabCircumstances): string {
  const id = chartId(chart, 'specimen', order)
  const reference = `Specimen/${id}`
  if (chart.entries.some((entry) => entry.resource.id === id)) return reference
  return write(
    chart,
    {
      resourceType: 'Specimen',
      id,
      status: 'available',
      type: { text: 'Specimen' },
      subject: subjectOf(chart),
      request: [{ reference: order }],
      receivedTime: chart.clock.at(at.daysAgo, at.drawn ?? '08:10'),
      collection: { collectedDateTime: chart.clock.at(at.daysAgo, at.drawn ?? '08:10') },
    },
    chart.clock.at(at.daysAgo, at.drawn ?? '08:10'),
  )
}

function measured(
  test: LabTest,
  value: number,
): Pick<Observation, 'valueQuantity' | 'referenceRange' | 'interpretation'> {
  const quantity = (amount: number) => ({
    value: amount,
    ...(test.unit ? { unit: test.unit, system: systems.ucum, code: test.unit } : {}),
  })
  const flag =
    test.high !== undefined && value > test.high
      ? (['H', 'High'] as const)
      : test.low !== undefined && value < test.low
        ? (['L', 'Low'] as const)
        : (['N', 'Normal'] as const)
  return {
    valueQuantity: quantity(value),
    interpretation: [concept(systems.interpretation, flag[0], flag[1])],
    ...(test.low === undefined && test.high === undefined
      ? {}
      : {
          referenceRange: [
            {
              ...(test.low === undefined ? {} : { low: quantity(test.low) }),
              ...(test.high === undefined ? {} : { high: quantity(test.high) }),
            },
          ],
        }),
  }
}

function withoutRelease({ released: _released, held: _held, ...rest }: LabCircumstances): LabCircumstances {
  return rest
}

function isLabTestName(name: string): name is LabTestName {
  return name in labTests
}

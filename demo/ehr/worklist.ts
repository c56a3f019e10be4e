import { isHeld, isResult, releasableStatuses, releasedBy } from './release'
import { type ChartResource, parseReference, type ResultResource, referenceTo } from './seed/resources'
import type { Store } from './store'

export type WorklistView = 'waiting' | 'held' | 'released'

export type WorklistOrder = {
  readonly order: string
  readonly title: string
  readonly orderedBy: string
  readonly ordererId: string | undefined
  readonly date: string
  readonly results: readonly ResultResource[]
  /** Who released it and when, for the view of released ones. */
  readonly release: { readonly by: string; readonly at: string } | undefined
}

export type WorklistPatient = {
  readonly patientId: string
  readonly name: string
  readonly birthDate: string
  readonly mrn: string
  readonly orders: readonly WorklistOrder[]
}

const recentOrders = 40

/** Results by patient and order, newest first: those awaiting release, held by a clinician, or lately released. */
export function listWorklist(view: WorklistView, store: Store): WorklistPatient[] {
  const world = store.list()
  const releases = latestReleases(world)
  const wanted = world.filter(isResult).filter((result) => viewOf(result, releases) === view)
  const byOrder = groupBy(wanted, (result) => result.basedOn?.[0]?.reference ?? referenceTo(result))
  const orders = [...byOrder].map(([order, results]) => describeOrder(order, results, releases, store))
  orders.sort((a, b) => (a.sortBy < b.sortBy ? 1 : a.sortBy > b.sortBy ? -1 : a.order < b.order ? -1 : 1))
  const shown = view === 'released' ? orders.slice(0, recentOrders) : orders
  return [...groupBy(shown, (one) => one.patient)].flatMap(([patient, all]) => {
    const found = store.find(patient)
    return found?.resourceType === 'Patient' ? [{ ...describePatient(found), orders: all }] : []
  })
}

type Release = { readonly by: string; readonly at: string }

function viewOf(result: ResultResource, releases: ReadonlyMap<string, Release>): WorklistView | undefined {
  const isFinished = releasableStatuses.includes(result.status) || result.status === 'preliminary'
  if (!isFinished) return undefined
  if (isHeld(result)) return 'held'
  return releases.has(referenceTo(result)) ? 'released' : 'waiting'
}

function latestReleases(world: readonly ChartResource[]): Map<string, Release> {
  const releases = new Map<string, Release>()
  for (const one of world) {
    if (one.resourceType !== 'Provenance') continue
    for (const target of releasedBy(one)) {
      const known = releases.get(target)
      if (!known || known.at < one.recorded)
        releases.set(target, { by: one.agent[0]?.who.display ?? '', at: one.recorded })
    }
  }
  return releases
}

function describeOrder(
  order: string,
  results: readonly ResultResource[],
  releases: ReadonlyMap<string, Release>,
  store: Store,
): WorklistOrder & { patient: string; sortBy: string } {
  const request = store.find(order)
  const isOrder = request?.resourceType === 'ServiceRequest'
  const first = results[0]
  const release = first && releases.get(referenceTo(first))
  const date = first?.effectiveDateTime?.slice(0, 10) ?? ''
  return {
    order,
    title: (isOrder ? request.code?.text : first?.code.text) ?? 'Laboratory order',
    orderedBy: (isOrder ? request.requester?.display : undefined) ?? 'unknown',
    ordererId: isOrder ? parseReference(request.requester?.reference)?.split('/')[1] : undefined,
    date,
    results,
    release,
    patient: first?.subject?.reference ?? '',
    sortBy: release?.at ?? date,
  }
}

function describePatient(
  patient: Extract<ChartResource, { resourceType: 'Patient' }>,
): Omit<WorklistPatient, 'orders'> {
  return {
    patientId: patient.id,
    name: patient.name?.[0]?.text ?? 'No name',
    birthDate: patient.birthDate ?? 'unknown',
    mrn: patient.identifier?.[0]?.value ?? '',
  }
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return groups
}

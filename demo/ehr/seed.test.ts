import { describe, expect, it } from 'vitest'
import { clinicians, people } from '../people'
import { listUnreleased } from './landmarks'
import { referenceTo } from './seed/resources'
import { buildWorld } from './seed/world'

const today = '2026-11-20'

describe('the seed', () => {
  it('is the same bytes whenever it is built, so two worlds differ only in what was left out', () => {
    expect(JSON.stringify(buildWorld(today))).toBe(JSON.stringify(buildWorld(today)))
  })

  it('gives every resource an id of its own, so nothing shadows anything', () => {
    const references = buildWorld(today).map(referenceTo)
    expect(new Set(references).size).toBe(references.length)
  })

  it('holds a chart for everyone in the cast, under ids that do not tell names', () => {
    const world = buildWorld(today)
    for (const person of people) {
      const patient = world.find((one) => referenceTo(one) === `Patient/${person.patientId}`)
      expect(patient?.resourceType === 'Patient' && patient.birthDate, person.key).toBe(person.birthDate)
      expect(person.patientId.toLowerCase()).not.toContain(person.key)
    }
    for (const { id } of clinicians) expect(world.map(referenceTo)).toContain(`Practitioner/${id}`)
  })

  it('points only to what it holds, so that a dangling reference is never normal', () => {
    const world = buildWorld(today)
    const known = new Set(world.map(referenceTo))
    const text = JSON.stringify(world)
    for (const [, reference] of text.matchAll(/"reference":"([^"]+)"/g)) expect(known).toContain(reference)
  })

  it('keeps over 120 laboratory results for George, a third of them unreleased', () => {
    const george = people.find((person) => person.key === 'george')?.patientId ?? ''
    const labs = buildWorld(today).filter(
      (one) =>
        one.resourceType === 'Observation' &&
        one.subject?.reference === `Patient/${george}` &&
        one.category?.[0]?.coding?.[0]?.code === 'laboratory',
    )
    expect(labs.length).toBeGreaterThanOrEqual(120)
    expect(listUnreleased(george, today).length / labs.length).toBeCloseTo(1 / 3, 1)
  })

  it('leaves out what existed only because of a result that was never written, and no trace of it stays', () => {
    const maya = people.find((person) => person.key === 'maya')?.patientId ?? ''
    const unreleased = listUnreleased(maya, today)
    expect(unreleased.map((reference) => reference.split('/')[0]).sort()).toEqual([
      'DiagnosticReport',
      'Observation',
    ])
    const whole = buildWorld(today)
    const without = buildWorld(today, unreleased)
    const gone = whole.map(referenceTo).filter((reference) => !without.map(referenceTo).includes(reference))
    expect(gone.map((reference) => reference.split('/')[0]).sort()).toEqual([
      'Binary',
      'DiagnosticReport',
      'DocumentReference',
      'Observation',
      'Task',
    ])
    for (const reference of gone) expect(JSON.stringify(without)).not.toContain(reference.split('/')[1])
    expect(JSON.stringify(without)).toBe(
      JSON.stringify(whole.filter((one) => !gone.includes(referenceTo(one)))),
    )
  })

  it('takes a missing child out of its panel, its report, its document and its release', () => {
    const whole = buildWorld(today)
    const panel = whole.find(
      (one) => one.resourceType === 'DiagnosticReport' && one.presentedForm && one.result,
    )
    const child = panel?.resourceType === 'DiagnosticReport' ? panel.result?.[0]?.reference : undefined
    const without = buildWorld(today, [child ?? ''])
    expect(JSON.stringify(without)).not.toContain(child?.split('/')[1])
    const same = without.find((one) => one.id === panel?.id)
    expect(same?.meta?.lastUpdated).toBe(panel?.meta?.lastUpdated)
    const data = [same, panel].map(
      (one) => one?.resourceType === 'DiagnosticReport' && one.presentedForm?.[0]?.data,
    )
    expect(data[0]).not.toBe(data[1])
  })

  it('refuses to leave out what it does not hold, so a mistyped twin world is not an equal one', () => {
    expect(() => buildWorld(today, ['Observation/nope'])).toThrow('Observation/nope')
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people, restrictionExemptApp } from '../people'
import { listChart } from './landmarks'
import { type ChartResource, referenceTo, resourceTypes } from './seed/resources'
import { buildWorld } from './seed/world'
import {
  type EhrUnderTest,
  patientIdOf,
  readBundle,
  resourcesOf,
  startEhrUnderTest,
  testToday,
} from './testing/ehr-under-test'

const maya = patientIdOf('maya')
const theo = patientIdOf('theo')
const naomi = patientIdOf('naomi')
const mother = people.find((person) => person.key === 'ingrid')
let ehr: EhrUnderTest

beforeAll(async () => {
  ehr = await startEhrUnderTest()
})
afterAll(() => ehr.close())

const laboratory = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
const status = async (path: string, token: string): Promise<number> => (await ehr.get(path, token)).status
const idsOf = async (path: string, token: string): Promise<string[]> =>
  resourcesOf(await ehr.searchAll(path, token)).map((one) => `${one.resourceType}/${one.id}`)

function asMother(): Promise<string> {
  return ehr.token(theo, {
    fhirUser: `${ehr.fhir}/RelatedPerson/${mother?.relatedPersonId}`,
    sub: 'account-mother',
  })
}

describe('the compartment', () => {
  it('answers 404 for every resource of every other chart, read by id', async () => {
    const token = await ehr.token(maya)
    const others = listChart(patientIdOf('maya-two'), 'Observation', testToday)
      .concat(buildWorld(testToday).filter((one) => one.resourceType === 'Binary'))
      .filter((one) => !listBinaries(maya).includes(referenceTo(one)))
    expect(others.length).toBeGreaterThan(10)
    for (const one of others) expect(await status(referenceTo(one), token), referenceTo(one)).toBe(404)
    for (const person of people.filter((one) => one.patientId !== maya))
      expect(await status(`Patient/${person.patientId}`, token)).toBe(404)
  })

  it('keeps every search inside one chart, whatever patient it names', async () => {
    const token = await ehr.token(maya)
    for (const type of resourceTypes) {
      const text = JSON.stringify(await ehr.searchAll(`${type}?_count=200`, token))
      for (const person of people.filter((one) => one.patientId !== maya))
        expect(text.includes(person.patientId), `${type} shows ${person.key}`).toBe(false)
    }
    expect(await idsOf(`Observation?patient=${theo}`, token)).toEqual([])
    expect(await idsOf(`Observation?_id=${listChart(theo, 'Observation', testToday)[0]?.id}`, token)).toEqual(
      [],
    )
  })

  it('keeps Provenance and Binary, which name no patient, in the chart of what they are about', async () => {
    const token = await ehr.token(maya)
    const binary = listBinaries(maya)[0] ?? ''
    expect(await status(binary, token)).toBe(200)
    expect(await status(binary, await ehr.token(theo))).toBe(404)
    const releases = await idsOf('Provenance?_count=200', token)
    expect(releases.length).toBe(5)
    expect(await status(releases[0] ?? '', await ehr.token(theo))).toBe(404)
  })

  it('gives the PDF itself to who asks for a PDF, and FHIR otherwise', async () => {
    const token = await ehr.token(maya)
    const binary = listBinaries(maya)[0] ?? ''
    const pdf = await ehr.get(binary, token, { accept: 'application/pdf' })
    expect(pdf.headers.get('content-type')).toBe('application/pdf')
    expect((await pdf.text()).startsWith('%PDF-1.4')).toBe(true)
    expect((await (await ehr.get(binary, token)).json()).contentType).toBe('application/pdf')
  })

  it('lets clinicians, organizations and medicines be read from any chart', async () => {
    const token = await ehr.token(maya)
    for (const path of ['Practitioner/pAdy7XkQ2mR', 'Organization/oHarborMain01', 'Medication/mLis10mgTab'])
      expect(await status(path, token)).toBe(200)
  })

  it('does not let a person read a chart by naming it: a Patient acts for herself only', async () => {
    const token = await ehr.token(theo, { fhirUser: `${ehr.fhir}/Patient/${maya}` })
    expect(await status(`Patient/${theo}`, token)).toBe(403)
  })

  it('lets system scopes without a patient find charts, as linking and staff need', async () => {
    const changes = {
      patient: undefined,
      fhirUser: undefined,
      scope: 'system/Patient.rs',
      purpose_of_use: 'PATADMIN',
      act: { sub: 'vestibule:linking' },
    }
    const token = await ehr.token(maya, changes)
    expect(await idsOf('Patient?name=rivera', token)).toHaveLength(2)
    expect(await status('Observation', token)).toBe(403)
    expect(await status(`Patient/${theo}`, await ehr.token(maya, { ...changes, patient: maya }))).toBe(404)
  })

  it('answers an unknown id, another chart’s and one kept back with the same bytes', async () => {
    const token = await asMother()
    const kept = listChart(theo, 'Observation', testToday).find((one) => one.meta?.security)
    const answers = await Promise.all(
      [
        `Observation/nobody-ever`,
        `Observation/${listChart(maya, 'Observation', testToday)[0]?.id}`,
        `Observation/${kept?.id}`,
      ].map(async (path) => {
        const response = await ehr.get(path, token)
        return [response.status, await response.text(), response.headers.get('etag')]
      }),
    )
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(answers[0]?.[0]).toBe(404)
  })
})

describe('scopes', () => {
  const scoped = (scope: string): Promise<string> => ehr.token(maya, { scope })

  it('refuse a type that was not granted, from the request alone: 403 for known and unknown ids alike', async () => {
    const token = await scoped('patient/Patient.rs')
    expect(await status('Observation', token)).toBe(403)
    expect(await status('Observation/nobody-ever', token)).toBe(403)
    expect(await status(`Patient/${maya}`, token)).toBe(200)
  })

  it('tell read from search', async () => {
    expect(await status('Observation', await scoped('patient/Observation.r'))).toBe(403)
    expect(await status('Observation', await scoped('patient/Observation.s'))).toBe(200)
    expect(await status(`Patient/${maya}`, await scoped('patient/Patient.s'))).toBe(403)
    expect(await status('Observation', await scoped('patient/Observation.cud'))).toBe(403)
  })

  it('of version 1 mean the same: read opens both, write neither', async () => {
    expect(await status('Observation', await scoped('patient/Observation.read'))).toBe(200)
    expect(await status(`Patient/${maya}`, await scoped('patient/*.read'))).toBe(200)
    expect(await status('Observation', await scoped('patient/Observation.write'))).toBe(403)
  })

  it('that are granular reach their category only, in searches and reads', async () => {
    const token = await scoped(`patient/Observation.rs?category=${laboratory}`)
    const whole = await scoped('patient/Observation.rs')
    const vital = (await idsOf('Observation?category=vital-signs', whole))[0] ?? ''
    const lab = (await idsOf('Observation?category=laboratory', whole))[0] ?? ''
    expect(await idsOf('Observation?category=vital-signs', token)).toEqual([])
    expect(await status(vital, token)).toBe(404)
    expect(await status(vital, whole)).toBe(200)
    expect(await status(lab, token)).toBe(200)
    expect((await idsOf('Observation', token)).length).toBeLessThan(
      (await idsOf('Observation', whole)).length,
    )
  })

  it('with a parameter this server cannot apply grant nothing, rather than everything', async () => {
    expect(await status('Observation', await scoped('patient/Observation.rs?code=4548-4'))).toBe(403)
    expect(await status('Observation', await scoped('patient/Observation.rs?category='))).toBe(403)
    expect(await status('Observation', await scoped('patient/Nonsense.rs patient/Observation'))).toBe(403)
  })

  it('cover what is included: a search that asks for releases needs the scope on releases', async () => {
    const query = 'Observation?_revinclude=Provenance:target'
    expect(await status(query, await scoped('patient/Observation.rs'))).toBe(403)
    expect(await status(query, await scoped('patient/Observation.rs patient/Provenance.s'))).toBe(200)
  })
})

describe('the rule that differs by person', () => {
  it('gives a resource labelled R to the patient himself and not to his mother', async () => {
    const own = await idsOf('Observation?_count=200', await ehr.token(theo))
    const hers = await idsOf('Observation?_count=200', await asMother())
    const kept = own.filter((reference) => !hers.includes(reference))
    expect(kept).toHaveLength(1)
    expect(await status(kept[0] ?? '', await ehr.token(theo))).toBe(200)
    expect(await status(kept[0] ?? '', await asMother())).toBe(404)
    for (const type of ['Condition', 'DiagnosticReport', 'DocumentReference', 'Task', 'Provenance']) {
      const difference =
        (await idsOf(type, await ehr.token(theo))).length - (await idsOf(type, await asMother())).length
      expect(difference, type).toBe(1)
    }
  })

  it('leaves no trace of what it kept back in anything else she may read', async () => {
    const kept = listChart(theo, 'Observation', testToday)
      .concat(listChart(theo, 'DiagnosticReport', testToday), listChart(theo, 'Condition', testToday))
      .filter((one) => one.meta?.security)
    expect(kept.length).toBe(3)
    for (const type of resourceTypes) {
      const text = JSON.stringify(await ehr.searchAll(`${type}?_count=200`, await asMother()))
      for (const one of kept) expect(text, type).not.toContain(one.id)
    }
  })

  it('ends with the relation: a mother whose right has ended is refused', async () => {
    expect(await status(`Patient/${theo}`, await asMother())).toBe(200)
    for (const by of ['active', 'period', 'both']) {
      await ehr.control('related-person', { id: mother?.relatedPersonId, ended: true, by })
      expect(await status(`Patient/${theo}`, await asMother()), by).toBe(403)
      await ehr.control('reset', {})
    }
    expect(await status(`Patient/${theo}`, await asMother())).toBe(200)
  })

  it('does not let a mother act for somebody else’s child', async () => {
    const token = await ehr.token(maya, { fhirUser: `${ehr.fhir}/RelatedPerson/${mother?.relatedPersonId}` })
    expect(await status(`Patient/${maya}`, token)).toBe(403)
  })

  it('keeps the class that Naomi restricted from every app but one', async () => {
    const through = (app: string): Promise<string> => ehr.token(naomi, { act: { sub: app } })
    const isHiv = (one: ChartResource): boolean =>
      one.meta?.security?.some(({ code }) => code === 'HIV') ?? false
    const hiv = listChart(naomi, 'Observation', testToday).find(isHiv)
    const [open, shut] = [await through(restrictionExemptApp), await through('lab-window')]
    expect(await status(`Observation/${hiv?.id}`, open)).toBe(200)
    expect(await status(`Observation/${hiv?.id}`, shut)).toBe(404)
    const bundle = await readBundle(await ehr.get('Observation?_count=200', shut))
    expect(resourcesOf([bundle]).map((one) => one.id)).not.toContain(hiv?.id)
    expect(bundle.total).toBe(resourcesOf([bundle]).length)
    const chloeHiv = listChart(patientIdOf('chloe'), 'Observation', testToday).find(isHiv)
    expect(await status(`Observation/${chloeHiv?.id}`, await ehr.token(patientIdOf('chloe')))).toBe(200)
  })
})

function listBinaries(patientId: string): string[] {
  const documents = listChart(patientId, 'DocumentReference', testToday)
  return documents.flatMap((one) =>
    one.resourceType === 'DocumentReference' ? (one.content[0]?.attachment.url ?? []) : [],
  )
}

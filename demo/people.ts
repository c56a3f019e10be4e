/**
 * The cast of the demo: fictional people, fictional record numbers, 555-01xx phones, example.org mail.
 * The demo identity provider signs them in by `idpSubject`; the demo EHR holds their charts by `patientId`.
 */
export type Person = {
  readonly key: string
  /** The account at the demo identity provider. The provider derives the `sub` of each issuer from it. */
  readonly idpSubject: string
  /** As the chart spells it: it may hold markup, other scripts, and must be shown as text. */
  readonly name: string
  readonly birthDate: string
  /** Logical id of the Patient at the demo EHR. */
  readonly patientId: string
  /** Medical record number printed on paper (Patient.identifier type MR). */
  readonly mrn: string
  /** The RelatedPerson that this person is, for the chart in `relatedPatientId`. */
  readonly relatedPersonId?: string
  readonly relatedPatientId?: string
  /** The Person that stands for somebody who acts for several patients, and the second of them. */
  readonly personId?: string
  readonly alsoActsFor?: { readonly patientId: string; readonly relatedPersonId: string }
  /** An older chart of the same person, merged into `patientId`. */
  readonly formerPatientId?: string
  readonly whatToTry: string
  /** What the EHR marks as usable today: empty where nobody can be reached. */
  readonly contact: { readonly email?: string; readonly phone?: string }
}

export type StaffMember = {
  readonly key: string
  /** The account at the demo's workforce issuer. */
  readonly idpSubject: string
  readonly name: string
  readonly role: 'desk' | 'admin' | 'records'
  /** Logical id of the Practitioner at the demo EHR, for clinicians. */
  readonly fhirPractitioner?: string
}

export type Clinician = {
  readonly key: string
  readonly id: string
  readonly name: string
  readonly title: string
}

export const clinicians: readonly Clinician[] = [
  { key: 'adeyemi', id: 'pAdy7XkQ2mR', name: 'Dr. Amara Adeyemi', title: 'Internal medicine' },
  {
    key: 'brandt',
    id: 'pBrd4WnL9vT',
    name: 'Dr. Benedikt Brandt',
    title: 'Internal medicine, covers Dr. Adeyemi',
  },
  {
    key: 'castillo',
    id: 'pCst8HzP3cY',
    name: 'Dr. Carmen Castillo',
    title: 'Family medicine and paediatrics',
  },
]

/** An app the restricted person (Naomi Feld) made an exception for; every other app is refused that class. */
export const restrictionExemptApp = 'harbor-home'

export const people: readonly Person[] = [
  {
    key: 'maya',
    idpSubject: 'acct-4f1c9a72',
    name: 'Maya Rivera',
    birthDate: '1988-03-14',
    patientId: 'egPJdZvYbKQMDHQQMe',
    mrn: 'HC-204817',
    whatToTry:
      'Link with an activation code, open the app: the HbA1c that Dr. Adeyemi has not released is missing.',
    contact: { email: 'maya.rivera@example.org', phone: '+1-202-555-0101' },
  },
  {
    key: 'maya-two',
    idpSubject: 'acct-b82e0d15',
    name: 'Maya Rivera',
    birthDate: '1991-03-14',
    patientId: 'eW2XRkSxxLTst2Ts7v',
    mrn: 'HC-204871',
    whatToTry: 'The same name as another patient: she must never see the other chart.',
    contact: { email: 'm.rivera91@example.org', phone: '+1-202-555-0102' },
  },
  {
    key: 'ingrid',
    idpSubject: 'acct-97d3a6ee',
    name: 'Ingrid Lindqvist',
    birthDate: '1979-10-02',
    patientId: 'eAo3BN39MR7ULfeBvM',
    mrn: 'HC-118230',
    relatedPersonId: 'rKvabNq8ZsN6NcTxLc',
    relatedPatientId: 'eCBVFtEmVfNRKQDSBR',
    personId: 'hTq5JwXnE8mUfCz2Rb',
    alsoActsFor: { patientId: 'e9FtAQTAKLymEExGqo', relatedPersonId: 'rW3kZpYt6VsLhDxQ9g' },
    whatToTry:
      'A patient herself, and the mother of Theo (15): what he asked to keep private is not hers to see.',
    contact: { email: 'lindqvist.family@example.org', phone: '+1-202-555-0103' },
  },
  {
    key: 'theo',
    idpSubject: 'acct-0ac57b31',
    name: 'Theo Lindqvist',
    birthDate: '2011-05-17',
    patientId: 'eCBVFtEmVfNRKQDSBR',
    mrn: 'HC-305562',
    whatToTry: 'He is 15: an activation code for himself is refused; his mother acts for him.',
    contact: { email: 'lindqvist.family@example.org' },
  },
  {
    key: 'daniel',
    idpSubject: 'acct-5e68c4f0',
    name: 'Daniel Okafor',
    birthDate: '1965-07-30',
    patientId: 'ePLcpCGPfy3SEAzXGJ',
    mrn: 'HC-077415',
    formerPatientId: 'eEukvRDUU4R8kubVSt',
    whatToTry: 'Two charts were merged: the old one is inactive and points to this one.',
    contact: { email: 'd.okafor@example.org', phone: '+1-202-555-0105' },
  },
  {
    key: 'walter',
    idpSubject: 'acct-c21f7793',
    name: 'Walter Hughes',
    birthDate: '1941-01-08',
    patientId: 'epo4tQDfh4ZccTdnJh',
    mrn: 'HC-012009',
    whatToTry: 'Died last spring: no code is issued, nobody signs in to his chart.',
    contact: {},
  },
  {
    key: 'agnes',
    idpSubject: 'acct-6b0942dd',
    name: 'Agnes Thornbury',
    birthDate: '1947-12-21',
    patientId: 'e9FtAQTAKLymEExGqo',
    mrn: 'HC-045530',
    whatToTry: 'No phone, no e-mail: the notice about a new link is handed over at the desk.',
    contact: {},
  },
  {
    key: 'robin',
    idpSubject: 'acct-d94a1e58',
    name: 'Robin <img src=x onerror=alert(1)> O\'Script<script>alert("name")</script>',
    birthDate: '1990-06-06',
    patientId: 'e4DAnYK7qUygG4kXRa',
    mrn: 'HC-990666',
    whatToTry: 'Name, narratives and results contain scripts. None of them may ever run.',
    contact: { email: 'robin@example.org' },
  },
  {
    key: 'layla',
    idpSubject: 'acct-18cc70b9',
    name: 'ليلى حدّاد',
    birthDate: '1984-02-29',
    patientId: 'eCcT6V6iLmJMRWWCx7',
    mrn: 'HC-261148',
    whatToTry: 'A right-to-left name, and a birthday on 29 February.',
    contact: { email: 'layla.haddad@example.org', phone: '+1-202-555-0109' },
  },
  {
    key: 'priya',
    idpSubject: 'acct-7fd28e06',
    name: 'Priya Nair',
    birthDate: '1973-09-19',
    patientId: 'eX6FYNtTTe6mBNzar2',
    mrn: 'HC-150322',
    whatToTry: 'Left the clinic: the chart is inactive.',
    contact: { email: 'priya.nair@example.org' },
  },
  {
    key: 'george',
    idpSubject: 'acct-3a95bb47',
    name: 'George Papadakis',
    birthDate: '1956-11-11',
    patientId: 'er6CNCKV8pFMo3TMKB',
    mrn: 'HC-066781',
    whatToTry: 'Well over a hundred results, about a third not released: paging never shows a gap.',
    contact: { email: 'g.papadakis@example.org', phone: '+1-202-555-0111' },
  },
  {
    key: 'naomi',
    idpSubject: 'acct-e06db8c4',
    name: 'Naomi Feld',
    birthDate: '1995-04-03',
    patientId: 'eReuYBuHZTkdEeAg5a',
    mrn: 'HC-287904',
    whatToTry: 'Asked that her HIV results go to no app but the clinic’s own: the demo app never gets them.',
    contact: { email: 'naomi.feld@example.org', phone: '+1-202-555-0112' },
  },
  {
    key: 'chloe',
    idpSubject: 'acct-52b7f1aa',
    name: 'Chloe Bennett',
    birthDate: '2001-08-25',
    patientId: 'eLFpnPzYEuvauCPuV7',
    mrn: 'HC-298116',
    whatToTry: 'Sensitive tests: HIV, pregnancy and drug screen, some released and some held.',
    contact: { email: 'chloe.bennett@example.org', phone: '+1-202-555-0113' },
  },
]

export const staff: readonly StaffMember[] = [
  { key: 'dana', idpSubject: 'work-a13f60', name: 'Dana Whitcomb', role: 'desk' },
  { key: 'oscar', idpSubject: 'work-58e2c7', name: 'Oscar Lund', role: 'records' },
  { key: 'ruth', idpSubject: 'work-c904bd', name: 'Ruth Abara', role: 'admin' },
  {
    key: 'adeyemi',
    idpSubject: 'work-7d61ea',
    name: 'Dr. Amara Adeyemi',
    role: 'desk',
    fhirPractitioner: 'pAdy7XkQ2mR',
  },
]

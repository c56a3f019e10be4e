import { findEhr } from '@/lib/ehrs/ehrs'
import { findPersonOf } from '@/lib/ehrs/patients'
import { findUnnamedProxy, setPersonOfProxies } from '@/lib/linking/person-of-proxies'

/**
 * Looks up the Person that stands for somebody who acts for several patients of one EHR, once, when they allow an app
 * to know who they are. An EHR without Persons, with two for one RelatedPerson, or out of reach changes nothing: then
 * the RelatedPerson of the record is who they are.
 */
export async function nameProxy(linkId: string, accountId: string): Promise<void> {
  const proxy = await findUnnamedProxy(linkId)
  const ehr = proxy && findEhr(proxy.ehrId)
  if (!proxy || !ehr) return
  const person = await findPersonOf(ehr, proxy.relatedPersonId, {
    sub: accountId,
    app: 'vestibule:refresh',
    patient: proxy.patientId,
    scope: 'system/Person.rs',
    purpose: 'PATADMIN',
  })
  if (person) await setPersonOfProxies(linkId, person)
}

import { beforeAll, describe, expect, it } from 'vitest'
import type { StoredAuthority } from '@/lib/access/facts'
import { setConfig } from '@/lib/config/config'
import { type CursorHolder, issueCursor, openCursor } from '@/lib/gateway/cursor'
import { testConfig } from '@/test/test-config'

beforeAll(() => setConfig(testConfig()))

type Bound = Pick<StoredAuthority, 'accountId' | 'patientId' | 'appId' | 'grantId' | 'ehrId'>
const holder = (changes: Partial<Bound> = {}, now = new Date('2026-06-10T12:00:00Z')): CursorHolder => ({
  now,
  authority: { accountId: 'a', patientId: 'p', appId: 'app', grantId: 'g', ehrId: 'e', ...changes },
})
const search = { filters: [], patientId: undefined, sort: undefined, count: 5, cursor: undefined }
const at = (skip: number, link?: string) => ({ search, position: { link, skip } })

describe('[B7] a page link', () => {
  it('opens for the same person, patient, app, grant, EHR and type, and for no other', () => {
    const cursor = issueCursor(holder(), 'Condition', at(3, 'https://ehr.example/fhir?page=2'))
    expect(openCursor(holder(), 'Condition', cursor).position.skip).toBe(3)
    for (const name of ['accountId', 'patientId', 'appId', 'grantId', 'ehrId'] as const)
      expect(() => openCursor(holder({ [name]: 'another' }), 'Condition', cursor), name).toThrow(
        'page-expired',
      )
    expect(() => openCursor(holder(), 'Encounter', cursor)).toThrow('page-expired')
  })

  it('lives ten minutes', () => {
    const cursor = issueCursor(holder(), 'Condition', at(0))
    openCursor(holder({}, new Date('2026-06-10T12:10:00Z')), 'Condition', cursor)
    expect(() => openCursor(holder({}, new Date('2026-06-10T12:10:01Z')), 'Condition', cursor)).toThrow()
  })

  it('is as long however much was passed over', () => {
    const lengths = [at(0), at(173, 'https://ehr.example/fhir?page=2')].map(
      (one) => issueCursor(holder(), 'Condition', one).length,
    )
    expect(lengths[0]).toBe(lengths[1])
  })
})

import { describe, expect, it } from 'vitest'
import { claimProfileNames } from '@/lib/config/claim-profile-names'
import { setConfig } from '@/lib/config/config'
import { algorithmFor, claimsFor } from '@/lib/ehrs/claim-profiles'
import { type Ehr, getEhr } from '@/lib/ehrs/ehrs'
import { testConfig } from '@/test/test-config'

setConfig(testConfig())
const usual = {
  iss: 'http://localhost:3000',
  sub: 'account',
  aud: 'http://localhost:3002/fhir',
  client_id: 'app',
  scope: 'openid patient/Observation.rs',
  patient: 'p1',
  fhirUser: 'http://localhost:3002/fhir/Patient/p1',
}
const of = (claims: Ehr['claims'], more: Partial<Ehr> = {}): Ehr => ({ ...getEhr('demo'), claims, ...more })

describe('claims as a kind of FHIR server reads them', () => {
  it.each(claimProfileNames)('%s finds every usual claim under its own name and value', (name) => {
    expect(claimsFor(of(name), usual)).toMatchObject(usual)
  })

  it.each([
    ['hapi-interceptor', {}],
    ['aidbox', { atv: 2, context: { patient: 'p1' } }],
    ['microsoft', { scp: usual.scope, roles: ['smartUser'] }],
    ['openemr', { scp: usual.scope }],
    ['fhir-gateway', { patient_id: 'p1' }],
    ['fhirworks', { scp: ['openid', 'patient/Observation.rs'], launch_response_patient: 'Patient/p1' }],
    ['linuxforhealth', { patient_id: 'p1' }],
  ] as const)('%s finds what it looks for beside them, and nothing else', (name, more) => {
    expect(claimsFor(of(name), usual)).toEqual({ ...usual, ...more })
  })

  it('a call about no patient names none in any dialect', () => {
    const { patient: _, fhirUser: __, ...staff } = usual
    for (const name of claimProfileNames) {
      const text = JSON.stringify(claimsFor(of(name), staff))
      expect(text).not.toContain('p1')
      expect(text).not.toContain('undefined')
    }
  })

  it('what a profile adds never replaces what is usual', () => {
    expect(claimsFor(of('microsoft'), { ...usual, scp: 'kept' })).toMatchObject({ scp: 'kept' })
  })

  it('signs as servers of the kind expect, unless the operator says otherwise', () => {
    expect(algorithmFor(of('hapi-interceptor'))).toBe('ES256')
    expect(algorithmFor(of('fhir-gateway'))).toBe('RS256')
    expect(algorithmFor(of('fhir-gateway', { tokenAlgorithm: 'ES256' }))).toBe('ES256')
    expect(algorithmFor(of('hapi-interceptor', { tokenAlgorithm: 'RS256' }))).toBe('RS256')
  })
})

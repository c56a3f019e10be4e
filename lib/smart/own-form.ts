import { config } from '@/lib/config/config'
import { readForm } from '@/lib/http/form'

/** A form posted by a page of ours, as far as the browser says; the form token is checked by the use case. */
export async function readOwnForm(request: Request): Promise<ReadonlyMap<string, string> | undefined> {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  if ((origin !== null && origin !== config().issuer) || (site !== null && site !== 'same-origin'))
    return undefined
  const reading = await readForm(request)
  return reading.outcome === 'read' ? reading.form : undefined
}

/** What the server wrote on the page's body: the whole configuration of the app in the browser. */
export type Settings = {
  readonly fhirBase: string
  readonly clientId: string
  readonly scope: string
  readonly redirectUri: string
}

export function readSettings({ dataset }: HTMLElement): Settings {
  const get = (name: string): string => {
    const value = dataset[name]
    if (!value) throw new Error(`The page lacks data-${name}`)
    return value
  }
  return {
    fhirBase: get('fhirBase'),
    clientId: get('clientId'),
    scope: get('scope'),
    redirectUri: get('redirectUri'),
  }
}

/** What modules need before the first request: keys, apps from configuration. Additive and safe to repeat. */
export async function prepareModules(): Promise<void> {}

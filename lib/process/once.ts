/**
 * One value per process and name, whichever module graph asks first. Next bundles its own copy of lib and server.ts
 * has another: what must exist once (database client, configuration, caches, request context) lives on globalThis.
 */
export function once<T>(name: string, make: () => T): T {
  const slot = slotFor<T>(name)
  if (!slot.made) {
    slot.value = make()
    slot.made = true
  }
  return slot.value as T
}

/** Replaces the value of a name: for start-up and for tests. */
export function setOnce<T>(name: string, value: T): void {
  const slot = slotFor<T>(name)
  slot.value = value
  slot.made = true
}

/** Forgets the value of a name, so that the next `once` makes it again. */
export function forgetOnce(name: string): void {
  slotFor(name).made = false
}

type Slot<T> = { made: boolean; value?: T }

/** Slots this module graph has looked up: a slot is never replaced, and configuration is asked for at every step. */
const found = new Map<string, Slot<unknown>>()

function slotFor<T>(name: string): Slot<T> {
  const known = found.get(name) as Slot<T> | undefined
  if (known) return known
  const key = Symbol.for(`vestibule.${name}`)
  const home = globalThis as unknown as Record<symbol, Slot<T> | undefined>
  const slot = home[key] ?? { made: false }
  home[key] = slot
  found.set(name, slot)
  return slot
}

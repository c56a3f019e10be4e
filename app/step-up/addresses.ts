/** The address of the step-up page, on the way to `to`. */
export function stepUpAddress(to: string, why: string, more: Readonly<Record<string, string>> = {}): string {
  return `/step-up?${new URLSearchParams({ to, for: why, ...more })}`
}

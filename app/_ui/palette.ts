/** Colours of one scheme that follow from the clinic's accent. All are `#rrggbb`. */
export type AccentColours = {
  /** Fill of primary buttons. */
  readonly fill: string
  /** The same, pressed or hovered. */
  readonly fillStrong: string
  /** Text on `fill`: at least 4.5 : 1. */
  readonly onFill: string
  /** Links and marks on canvas and surface: at least 4.5 : 1. */
  readonly text: string
  /** Quiet background behind accent text: `text` on it is at least 4.5 : 1. */
  readonly soft: string
}

/** The neutral grounds the accent stands on; the same values as in globals.css. */
export const grounds = {
  light: { canvas: '#f7f6f3', surface: '#ffffff', ink: '#1b1d22' },
  dark: { canvas: '#131519', surface: '#1b1e24', ink: '#edeef0' },
} as const

/** Contrast that text needs on its ground (WCAG 2.2 SC 1.4.3). */
const textContrast = 4.5

/**
 * Derives the accent colours of both schemes from one brand colour, so that any clinic's colour stays readable: it is
 * moved towards ink or white until the contrast is reached.
 */
export function accentColours(accent: string): {
  readonly light: AccentColours
  readonly dark: AccentColours
} {
  const fill = moveUntil(accent, '#000000', (colour) => contrast(colour, '#ffffff') >= textContrast)
  const lightSoft = mix(accent, grounds.light.surface, 0.92)
  const darkFill = moveUntil(accent, '#ffffff', (colour) => contrast(colour, grounds.dark.canvas) >= 6.5)
  const darkSoft = mix(accent, grounds.dark.surface, 0.8)
  return {
    light: {
      fill,
      fillStrong: mix(fill, '#000000', 0.18),
      onFill: '#ffffff',
      text: moveUntil(fill, '#000000', (colour) => isReadable(colour, [grounds.light.canvas, lightSoft])),
      soft: lightSoft,
    },
    dark: {
      fill: darkFill,
      fillStrong: mix(darkFill, '#ffffff', 0.25),
      onFill: grounds.dark.canvas,
      text: moveUntil(darkFill, '#ffffff', (colour) => isReadable(colour, [grounds.dark.surface, darkSoft])),
      soft: darkSoft,
    },
  }
}

/** Contrast ratio of two colours, 1 to 21 (WCAG 2.2 definition). */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

function isReadable(colour: string, on: readonly string[]): boolean {
  return on.every((ground) => contrast(colour, ground) >= textContrast)
}

function moveUntil(from: string, to: string, isGood: (colour: string) => boolean): string {
  for (let share = 0; share <= 1; share += 0.04) {
    const colour = mix(from, to, share)
    if (isGood(colour)) return colour
  }
  return to
}

function mix(one: string, other: string, shareOfOther: number): string {
  const [a, b] = [channels(one), channels(other)]
  return `#${a.map((value, index) => hex(value * (1 - shareOfOther) + (b[index] ?? 0) * shareOfOther)).join('')}`
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const share = value / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
}

function hex(value: number): string {
  return Math.round(value).toString(16).padStart(2, '0')
}

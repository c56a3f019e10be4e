import { type AccentColours, accentColours } from '@/app/_ui/palette'
import { config } from '@/lib/config/config'

/**
 * The clinic's colour as CSS variables. A stylesheet of its own, because the CSP allows no style attribute and the pages
 * of the protocol plane use it too.
 */
export function GET(): Response {
  const { light, dark } = accentColours(config().brand.accent)
  const css = `:root{${variables(light)}}@media (prefers-color-scheme:dark){:root{${variables(dark)}}}`
  return new Response(css, {
    headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=300' },
  })
}

function variables(colours: AccentColours): string {
  return [
    `--accent:${colours.fill}`,
    `--accent-strong:${colours.fillStrong}`,
    `--on-accent:${colours.onFill}`,
    `--accent-text:${colours.text}`,
    `--accent-soft:${colours.soft}`,
  ].join(';')
}

export const dynamic = 'force-dynamic'

import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { json } from '@/lib/http/json'

/** How the clinic's pages look, as an app reads it (SMART App Launch 2.2, `smart_style_url`). Made from the brand. */
function styleDocument(): string {
  return JSON.stringify({
    color_background: '#f7f6f3',
    color_error: '#b3261e',
    color_highlight: config().brand.accent.toLowerCase(),
    color_modal_backdrop: '#1b1d22',
    color_success: '#1c6a3e',
    color_text: '#1b1d22',
    dim_border_radius: '16px',
    dim_font_size: '16px',
    dim_spacing_size: '20px',
    font_family_body: 'ui-sans-serif, system-ui, sans-serif',
    font_family_heading: 'ui-sans-serif, system-ui, sans-serif',
  })
}

/** Address of the style. It holds the digest of the content: other content is another address, as K3 demands. */
export function styleAddress(): string {
  return `${config().issuer}/launch/style/${styleVersion()}.json`
}

/** `GET /launch/style/{version}.json`: public, from any origin, cacheable for ever. A version of the past is gone. */
export function styleEndpoint(file: string): Response {
  const cors = { 'access-control-allow-origin': '*' }
  if (file !== `${styleVersion()}.json`) return json({ error: 'not_found' }, 404, cors)
  return new Response(styleDocument(), {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=31536000, immutable',
      ...cors,
    },
  })
}

function styleVersion(): string {
  return Buffer.from(sha256(styleDocument())).toString('base64url').slice(0, 22)
}

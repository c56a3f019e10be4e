import { z } from 'zod'
import { environmentSchema } from '@/lib/config/environment'
import { fileSchema } from '@/lib/config/file'

/** The text of `.env.example`: every variable with what it means and its default, all commented out. */
export function environmentExample(): string {
  const lines = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined)
    const value = fallback.success && fallback.data !== undefined ? String(fallback.data) : ''
    return `# ${schema.description ?? ''}\n# ${name}=${value}\n`
  })
  return `# Everything is optional: with nothing set the demo runs on loopback.\n\n${lines.join('\n')}`
}

/** The JSON Schema of the configuration file, for editors: `"$schema": "./vestibule.config.schema.json"`. */
export function configurationSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(fileSchema, { io: 'input' }), null, 2)}\n`
}

// Writes .env.example and vestibule.config.schema.json from the schemas the program reads.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

const root = path.resolve(import.meta.dirname, '..')
const outfile = path.join(root, 'dist/examples.mjs')
await build({
  absWorkingDir: root,
  entryPoints: ['lib/config/examples.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
})
const { environmentExample, configurationSchema } = await import(outfile)
writeFileSync(path.join(root, '.env.example'), environmentExample())
writeFileSync(path.join(root, 'vestibule.config.schema.json'), configurationSchema())

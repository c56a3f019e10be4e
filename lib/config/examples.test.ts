import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { configurationSchema, environmentExample } from '@/lib/config/examples'
import { fileSchema } from '@/lib/config/file'

const read = (name: string): string => readFileSync(path.resolve(import.meta.dirname, '../..', name), 'utf8')

test('the example environment and the schema in the repository are the ones the program reads', () => {
  expect(read('.env.example')).toBe(environmentExample())
  expect(JSON.parse(read('vestibule.config.schema.json'))).toEqual(JSON.parse(configurationSchema()))
})

test('the example configuration is valid', () => {
  expect(
    fileSchema.safeParse(JSON.parse(read('vestibule.config.example.json'))).error?.issues,
  ).toBeUndefined()
})

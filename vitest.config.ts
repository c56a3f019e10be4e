import { defineConfig } from 'vitest/config'

const shared = {
  resolve: { tsconfigPaths: true },
  test: { environment: 'node' as const, setupFiles: ['test/quiet.ts'] },
}
const needsDatabase = ['**/*.http.test.ts', '**/*.db.test.ts']
const outside = ['node_modules/**', 'dist/**', '.next/**', 'e2e/**']

/**
 * Three projects: what needs no database runs once; what needs one runs on PostgreSQL and on the embedded database,
 * from the same files.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: {
          ...shared.test,
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...outside, ...needsDatabase],
          testTimeout: 15_000,
        },
      },
      {
        ...shared,
        test: {
          ...shared.test,
          name: 'postgres',
          include: needsDatabase,
          exclude: outside,
          pool: 'forks',
          globalSetup: ['test/postgres-setup.ts'],
          env: { TEST_DATABASE: 'postgres' },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          ...shared.test,
          name: 'embedded',
          include: needsDatabase,
          exclude: outside,
          pool: 'forks',
          globalSetup: ['test/embedded-setup.ts'],
          env: { TEST_DATABASE: 'embedded' },
          testTimeout: 45_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})

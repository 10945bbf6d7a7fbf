import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests run the sources of our own packages. Named here, a condition also holds for `require` in the workers: `import` must not be among them.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'spec/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['spec/support/postgres.ts'],
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})

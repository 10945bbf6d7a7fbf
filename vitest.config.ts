import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests run the sources of our own packages. Named here, a condition also holds for `require` in the workers: `import` must not be among them.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'spec/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['spec/support/postgres.ts'],
    allowOnly: false,
    // Official SDKs leave some of their own promises to themselves when they are shut down or thrown out: no app could catch those either.
    onUnhandledError: ({ stack }) => !/node_modules\/(conversations-[\d.]+\/node_modules\/)?twilio-sync\//.test(stack ?? ''),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})

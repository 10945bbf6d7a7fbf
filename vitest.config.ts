import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Tests run the sources of our own packages. Named here, a condition also holds for `require` in the workers: `import` must not be among them.
const conditions = { resolve: { conditions: ['source'] } }
const sources = { ...conditions, ssr: conditions, environments: { __vitest__: conditions } }

const all = ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'spec/**/*.test.ts', 'scripts/**/*.test.ts']

/** Tests that measure or replace what belongs to a whole process: memory, counters, rejections that nobody handles, globals, modules. */
const alone = [
  'packages/{client,react}/src/**/*.test.ts',
  'packages/server/src/realtime/request-queue.test.ts',
  'packages/server/src/storage/broken-disk.test.ts',
  'packages/server/src/storage/blobs/power-cut.test.ts',
  'spec/hostile/**/*.test.ts',
  'spec/media/{service,uploads}.test.ts',
  'spec/push/nodes.test.ts',
]

/** Tests of pages. The browser is not ours, and may be slow at an unlucky moment: what fails is tried once more, and named in the end. */
const inBrowsers = [
  'spec/web/**/*.test.ts',
  'spec/console/{pages,server-pages}.test.ts',
  'spec/examples/pages.test.ts',
  'spec/sdk/environments.test.ts',
  'spec/any-host-name.test.ts',
]

/** What takes long though it is small: where nothing is known of an earlier run, the largest files begin first. */
const long = [
  'spec/durability/',
  'spec/sdk/start-up.test.ts',
  'spec/sdk/state.test.ts',
  'spec/media/collecting.test.ts',
  'spec/web/scrolling.test.ts',
  'spec/console/server-pages.test.ts',
  'scripts/build-packages.test.ts',
]

/** What takes long begins first, so that nobody waits in the end for one file alone. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => long.some((path) => moduleId.includes(`/${path}`))
    const sorted = await super.sort(files)
    const projects = [...new Set(sorted.map(({ project }) => project))]
    return projects.flatMap((one) => {
      const its = sorted.filter(({ project }) => project === one)
      return [...its.filter(isLong), ...its.filter((file) => !isLong(file))]
    })
  }
}

/**
 * Official SDKs leave some of their own promises to themselves when they are shut down or thrown out, and close a socket that is not open yet
 * after they have stopped listening to its errors: no app could catch those either.
 */
const leftBySdks = [
  /node_modules\/(conversations-[\d.]+\/node_modules\/)?twilio-sync\//,
  /at TwilsockChannel\.closeSocket /,
  // What it has asked for by itself when its connection is cut.
  /^Error: disconnected\n +at \S*node_modules\/twilsock\/builds\/lib\.js:/,
  /conversations-1\.2\.0\/node_modules\/twilsock\/lib\/services\/upstream\.js/,
]

export default defineConfig({
  ...sources,
  test: {
    globalSetup: ['spec/support/postgres.ts', 'spec/support/calling-thread.ts'],
    allowOnly: false,
    reporters: ['default', './spec/support/second-tries.ts'],
    onUnhandledError: ({ stack }) => !leftBySdks.some((place) => place.test(stack ?? '')),
    // Not more than a small machine has processors, though some tests wait a good part of their time: browsers would be too slow for theirs.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    projects: [
      project('alone', { include: alone, isolate: true }),
      // To read the server, the helper library and the SDKs takes longer than most files: whoever does not mind shares a process.
      project('in browsers', { include: inBrowsers, isolate: false, retry: 1 }),
      project('together', { include: all, exclude: ['**/node_modules/**', ...alone, ...inBrowsers], isolate: false }),
    ],
  },
})

function project(name: string, files: { include: string[]; exclude?: string[]; isolate: boolean; retry?: number }) {
  // What is waited for comes, however slow the machine is: the second that is usual is less than a glance at a message takes.
  const expect = { poll: { timeout: 30_000 } }
  const test = { name, ...files, pool: 'forks' as const, testTimeout: 60_000, hookTimeout: 60_000, expect, allowOnly: false }
  return { ...sources, test: { ...test, setupFiles: ['spec/support/seed.ts'] } }
}

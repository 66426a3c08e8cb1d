import { configDefaults, defineConfig } from 'vitest/config';

/**
 * These have a process of their own: they replace modules (`vi.mock`), variables of the environment or what all code of a process shares, or they meter so much that
 * what V8 has learnt from other files makes them take twice as long. The others share processes, and what these have loaded: a second of CPU less for each of 300 files.
 */
const OWN = [
  'src/cli/client.test.ts',
  'src/filter/language.test.ts',
  'src/filter/reference.test.ts',
  'src/filter/sql-and-predicate.test.ts',
  'src/host/backend/diag-join.test.ts',
  'src/ingest/journal-sync.test.ts',
  'src/ingest/replay.test.ts',
  'src/server/agent-history.test.ts',
  'src/server/local-query-service.test.ts',
  'src/server/runtime-directory.test.ts',
  'src/store/local-store-faults.test.ts',
  'src/store/rollup/history-failures.test.ts',
  'test/fixtures-meter.test.ts',
  'test/fuzz-captures.test.ts',
  'test/fuzz.test.ts',
];
const ALL = ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/scratch.setup.ts'],
    // The traffic of this machine is that of all tests at once: a node meters it where a test asks for it with a flag.
    // The table of all autonomous systems takes seconds to make, for each new data directory: a test that wants it asks for it too.
    env: { WEIR_HOST: 'off', WEIR_BUNDLED_DATA: 'off' },
    // Tests start real programs on a machine of two cores, and some say how soon these must answer: with three at a time such ones fail now and then.
    maxWorkers: 2,
    // Limits are for what hangs, not for machines that are slow or busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      { extends: true, test: { name: 'own process', include: OWN, isolate: true } },
      {
        extends: true,
        test: { name: 'shared process', include: ALL, exclude: [...configDefaults.exclude, ...OWN], isolate: false },
      },
    ],
  },
});

import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Tests of what has no state beside its arguments: they share their processes, and what these have loaded, so that none pays half a second for a process of its own.
 * What replaces modules (`vi.mock`), variables of the environment or the clock of a process belongs into the others.
 */
const SHARED = ['base', 'chart', 'demo', 'filter', 'flow', 'label', 'meter', 'packet', 'query', 'truth', 'wire'].map(
  (room) => `src/${room}/**/*.test.ts`,
);
const MOCKED = ['src/filter/language.test.ts', 'src/filter/reference.test.ts', 'src/filter/sql-and-predicate.test.ts'];
const ALL = ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/scratch.setup.ts'],
    // The traffic of this machine is that of all tests at once: a node meters it where a test asks for it with a flag.
    // The table of all autonomous systems takes seconds to make, for each new data directory: a test that wants it asks for it too.
    env: { WEIR_HOST: 'off', WEIR_BUNDLED_DATA: 'off' },
    // Tests start real programs on a machine of two cores: more at a time only waits.
    maxWorkers: 2,
    // Limits are for what hangs, not for machines that are slow or busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'own process', include: ALL, exclude: [...configDefaults.exclude, ...SHARED], isolate: true },
      },
      { extends: true, test: { name: 'mocked', include: MOCKED, isolate: true } },
      {
        extends: true,
        test: {
          name: 'shared process',
          include: SHARED,
          exclude: [...configDefaults.exclude, ...MOCKED],
          isolate: false,
        },
      },
    ],
  },
});

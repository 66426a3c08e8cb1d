import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/scratch.setup.ts'],
    // The traffic of this machine is that of all tests at once: a node meters it where a test asks for it with a flag.
    // The table of all autonomous systems takes seconds to make, for each new data directory: a test that wants it asks for it too.
    env: { WEIR_HOST: 'off', WEIR_BUNDLED_DATA: 'off' },
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.ts'],
    // Tests start real programs on a machine of two cores: more at a time only waits.
    maxWorkers: 2,
    // Limits are for what hangs, not for machines that are slow or busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});

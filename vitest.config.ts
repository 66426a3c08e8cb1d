import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/scratch.setup.ts'],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Tests start real programs on a machine of two cores: more at a time only waits.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

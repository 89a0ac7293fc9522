import { defineConfig } from 'vitest/config';

/** Tests against real servers, which they install and start themselves. */
export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
  },
});

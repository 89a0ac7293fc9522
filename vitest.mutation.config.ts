import { defineConfig } from 'vitest/config';

/** The tests that run against every mutant: those of the folders that are mutated, and of what stands on them. */
export default defineConfig({
  test: {
    include: ['test/{tuner,simulation,planner,replay,control-loop,verifier,theory}/**/*.test.ts'],
    testTimeout: 60_000,
    tags: [{ name: 'slow' }],
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/integration/**'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    tags: [
      {
        name: 'slow',
        description: 'takes half a second or more, or starts programs; `npm run test:fast` leaves it out',
      },
    ],
    coverage: { include: ['src/**'], reporter: ['text-summary', 'html'] },
  },
});

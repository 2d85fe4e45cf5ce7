import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/matchers.ts'],
    reporters: ['default', './test/tally.ts'],
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Many tests wait for timers of the local run: by default one core would be left idle.
    maxWorkers: '100%',
    // A slow machine is no failure: what a test promises never depends on how long it takes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ['test/matchers.ts'],
    reporters: ['default', './test/tally.ts'],
  },
});

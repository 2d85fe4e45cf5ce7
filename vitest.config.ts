import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** Campaigns, and what starts processes, stacks or syntheses, or waits for retries: `npm run test:fast` leaves them out. */
const SLOW = [
  'test/bench/**',
  'test/package/**',
  'test/cli/{commands,completion,commands/{run,export},run/{backfill,blocked,made-requests},run-truth,session,wrong-calls}.test.ts',
  'test/functions/{reader/apart,compute/fold-apart,compute/shadow/shadow-process}.test.ts',
  'test/infra/{as-in-node,bundling/bundle,capabilities,construct,every,packages,record-feeds,shadow,synthesize,template,wakes}*.test.ts',
  'test/local/{canary,capabilities,feeds,hostile-compute,killer,lambda/environment,memory,proof-on-bundles,run,schedules,shadow,sources,stack,template/one-pipeline,wakes,mappings/sqs-mapping,mappings/stream-mapping}.test.ts',
  'test/{client/{local-run,traces},operate/{brake,elsewhere,local-run}}.test.ts',
  'test/local/{gateway/gateway,gateway/function-port,page/server}.test.ts',
  'test/docs/**',
  'test/pipelines/{clicks-sound,samples}.test.ts',
  'test/plan/plan.test.ts',
  'test/plan/check/**',
  'test/simulate/**',
  'test/testing/{faults,findings,sound}.test.ts',
];

/** On engines that nobody here made, which have to be fetched first: `npm run test:engines`. */
const ENGINES = 'test/engines/**/*.test.ts';

function testsIn(pattern: string): string {
  return pattern.replace(/\*\*$/, '**/*.test.ts');
}

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: [...SLOW, ENGINES] } },
      {
        extends: true,
        test: { name: 'slow', include: SLOW.map(testsIn), globalSetup: 'test/package/run-folder.ts' },
      },
      { extends: true, test: { name: 'engines', include: [ENGINES] } },
    ],
    // Half of the time of slow tests is waiting: for timers of a local run, for processes that start, for npm.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // These limits only end what hangs. What a test promises never depends on how long it takes: on a machine with a load
    // of 40, a second of work takes a minute.
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
    expect: { poll: { timeout: 900_000 } },
    // Tests start hundreds of processes of Node: what one of them compiled, or stripped of its types, serves the others.
    env: {
      NODE_COMPILE_CACHE: resolve('node_modules/.cache/node'),
      // For esbuild, as in infra/bundling/once.ts, but a worker of vitest bundles many times.
      GOGC: '400',
    },
    setupFiles: ['test/matchers.ts'],
    reporters: ['default', './test/tally.ts'],
  },
});

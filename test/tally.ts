/**
 * The last line of a test run: `N passed, N failed`, and the number of skipped tests if any. A file that
 * could not be loaded and an error outside a test count as failed, so the line never looks better than the
 * run was.
 */
import type { Reporter, TestModule } from 'vitest/node';

export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()].map((test) => test.result().state);
      if (module.state() === 'failed' && !tests.includes('failed')) counts.failed += 1;
      for (const state of tests) counts[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1;
    }
    const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
    // Other reporters and the coverage report print after this hook.
    process.once('exit', () =>
      process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`),
    );
  }
}

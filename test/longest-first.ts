/**
 * Files that take long begin first, so that the workers end together. Vitest knows how long files took only where it
 * has run before, and CI begins with a clean checkout.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first, as ends of paths. */
const LONG = [
  'simulate/mutants/mutants.test.ts',
  'simulate/campaign/campaign.test.ts',
  'simulate/sources/sources.test.ts',
  'package/workspaces.test.ts',
  'package/existing-app.test.ts',
  'package/endings.test.ts',
  'package/bad-input.test.ts',
  'package/commands.test.ts',
  'package/package.test.ts',
  'package/init.test.ts',
  'docs/tutorial.test.ts',
  'cli/session.test.ts',
  'cli/commands.test.ts',
  'cli/run/blocked.test.ts',
  'infra/as-in-node.test.ts',
  'docs/life.test.ts',
  'pipelines/samples.test.ts',
  'cli/run-truth.test.ts',
  'infra/packages.test.ts',
  'functions/reader/apart.test.ts',
  'functions/compute/fold-apart.test.ts',
  'infra/construct.test.ts',
  'cli/wrong-calls.test.ts',
  'local/proof-on-bundles.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((file) => moduleId.endsWith(`/test/${file}`));
  return rank === -1 ? LONG.length : rank;
}

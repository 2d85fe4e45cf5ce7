/**
 * START HERE: the test kit for authors of pipelines, `weir-pipelines/testing` in package.json. Its use and its limits:
 * docs/testing.md.
 *
 *   checkCompute     compute alone: is it deterministic, pure, sensitive to order? Does it throw? Does its state last?
 *   simulate         the whole pipeline through crashes, repeats, lost answers and outages, on a virtual clock
 *   expectSound      both; throws an error with the problems found
 *   compareShadow    another compute on the same readings: where does it differ?
 *   checkMigrations  states of older versions: does migrate accept them, and is it pure?
 *   playKey          the life of one key on the kit's own clock: readings, wakes, a forget
 */
// First, so that it sees the formatters that a pipeline's module creates while it loads.
import './formatters.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { checkRecorded } from './check-compute.ts';
import { checkOptions, type TestOptions } from './options.ts';
import { recordRequests } from './record.ts';
import { type ComputeReport, type SimulationReport, tellFindings } from './report.ts';
import { simulateRecorded } from './simulate.ts';

export { checkCompute } from './check-compute.ts';
export {
  checkMigrations,
  type GivenState,
  type MigrationOptions,
  type MigrationReport,
} from './check-migrations.ts';
export { compareShadow, type ShadowDifference, type ShadowReport } from './compare-shadow.ts';
export { type KeyLife, type LifeOptions, playKey } from './play-key.ts';
export { simulate } from './simulate.ts';
export type { ComputeReport, SimulationReport, TestOptions };

export interface SoundReport extends ComputeReport {
  readonly simulation: SimulationReport;
}

/** Throws an error with every problem. Its result is for the author's own checks of states and outputs. */
export async function expectSound(pipeline: Pipeline, options: TestOptions): Promise<SoundReport> {
  const checked = checkOptions(pipeline, options);
  const recorded = await recordRequests(pipeline, checked, checked.from);
  const compute = checkRecorded(pipeline, recorded, checked);
  // A problem without faults would also appear under faults, less clearly.
  refuseProblems(pipeline, compute);
  const simulation = await simulateRecorded(pipeline, recorded, checked);
  refuseProblems(pipeline, simulation);
  return { ...compute, simulation };
}

function refuseProblems({ name }: Pipeline, { problems }: Pick<ComputeReport, 'problems'>): void {
  if (problems.length === 0) return;
  throw new Error(`pipeline ${name} is not sound\n${tellFindings(problems)}`);
}

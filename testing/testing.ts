/**
 * START HERE: the test kit for authors of pipelines, `weir-pipelines/testing` in package.json. How to use it and
 * what it cannot tell: docs/testing.md.
 *
 *   checkCompute   compute alone: is it deterministic, pure, sensitive to order; does it throw; does its state last?
 *   simulate       the whole pipeline through crashes, repeats, lost answers and outages, on a virtual clock
 *   expectSound    both; throws what they found
 *   compareShadow  another compute on the same readings: what does it make otherwise?
 *   checkMigrations  states of older versions: does migrate take them, and is it pure?
 *   playKey        the life of one key on a clock of the kit's own: readings, wakes, a forget
 */
// First, so that it sees what a pipeline's file makes while it is loaded.
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

/** Throws an error that tells every problem; what it returns is for checks of the author's own, on states and outputs. */
export async function expectSound(pipeline: Pipeline, options: TestOptions): Promise<SoundReport> {
  const checked = checkOptions(pipeline, options);
  const recorded = await recordRequests(pipeline, checked, checked.from);
  const compute = checkRecorded(pipeline, recorded, checked);
  // What is wrong without faults would be found again under faults, less clearly.
  refuseProblems(pipeline, compute);
  const simulation = await simulateRecorded(pipeline, recorded, checked);
  refuseProblems(pipeline, simulation);
  return { ...compute, simulation };
}

function refuseProblems({ name }: Pipeline, { problems }: Pick<ComputeReport, 'problems'>): void {
  if (problems.length === 0) return;
  throw new Error(`pipeline ${name} is not sound\n${tellFindings(problems)}`);
}

/**
 * The subject of a run: a pipeline, the requests that are submitted to it, and the judge of the results. The
 * campaign's own subject is the sample; the test kit (testing/) uses its user's pipeline.
 */
import { defaultLimits, type Limits } from '../../functions/limits.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import type { SettingsOverride } from '../../infra/settings/settings.ts';
import { createOracle, type Oracle, type OracleWorld } from '../oracle/oracle.ts';
import { type Chance, createChance } from '../world/chance.ts';
import type { Outage } from '../world/faults.ts';
import { drawKnobs, turnKnobs } from '../world/knobs.ts';
import { hasBackfill } from '../world/lanes.ts';
import { drawNumbers, type Numbers } from '../world/numbers.ts';
import type { Computer, Environment } from '../world/simulated-environment.ts';
import { drawWorkload } from './draw-workload.ts';
import { withFeed } from './feeds.ts';
import { withGaps } from './gaps.ts';
import { withHistory } from './histories.ts';
import { withMerge } from './merges.ts';
import { withMigrations } from './migrations.ts';
import { drawMode } from './mode.ts';
import { withRequestsOfWrites } from './requests-of-writes.ts';
import { type SampleWorld, samplePipeline } from './sample.ts';
import type { Workload } from './sample-requests.ts';
import { type ShadowMode, shadowOf } from './shadow.ts';
import { withSubmitted } from './submitted-requests.ts';
import { withWakes } from './wakes.ts';

/** Epoch ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Subject {
  /** The settings of queues and functions derive from these. */
  readonly limits: Limits;
  readonly settings?: SettingsOverride;
  /** Drawn from the seed alone. `about`: for the trace. */
  readonly draw: (seed: number) => { readonly workload: Workload; readonly about: string };
  /** Replaces the faults drawn from the seed: only these outages, with the product's own retries. */
  readonly outages?: (startedAt: number) => readonly Outage[];
  /** Whether operators send words to its keys, and its second build may have another state version. */
  readonly keyLife?: true;
  /** How the readings queue numbers its messages. Default: like SQS. */
  readonly numbers?: (chance: Chance, span: Span) => Numbers;
  readonly judge: (world: OracleWorld) => Oracle;
  /** Whether a shadow runs. Default: none. */
  readonly shadow?: (seed: number) => ShadowMode;
  /** Whether there is a backfill lane. Default: no. */
  readonly lanes?: (seed: number) => boolean;
  /** `computer`: where compute runs, the environment or one of its threads. */
  readonly pipelineOn: (own: Environment, computer: Computer, world: SampleWorld) => Pipeline;
}

function drawn(workload: Workload, seed: number): Workload {
  const own = withRequestsOfWrites(withWakes(withSubmitted(workload, seed), seed), seed);
  const timed = withHistory(withGaps(withMerge(own, seed), seed), seed);
  return withFeed(withMigrations(timed, seed), seed);
}

export const sampleSubject: Subject = {
  limits: defaultLimits,
  draw(seed) {
    const mode = drawMode(createChance(seed, 8));
    const knobs = drawKnobs(createChance(seed, 1), mode);
    turnKnobs(knobs);
    return {
      workload: drawn(drawWorkload(createChance(seed, 2), knobs, mode), seed),
      about: `${JSON.stringify(mode)} knobs ${JSON.stringify(knobs)}`,
    };
  },
  keyLife: true,
  shadow: shadowOf,
  lanes: hasBackfill,
  numbers: drawNumbers,
  judge: createOracle,
  pipelineOn: (own, computer, world) => samplePipeline(own, world, computer),
};

/**
 * What is put through the world: a pipeline, the requests that are submitted to it, and who judges what comes of
 * them. The campaign's own subject is the sample; the test kit (testing/) brings the pipeline of its user.
 */
import { defaultLimits, type Limits } from '../../functions/limits.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import type { SettingsOverride } from '../../infra/settings/settings.ts';
import { createOracle, type Oracle, type OracleWorld } from '../oracle/oracle.ts';
import { type Chance, createChance } from '../world/chance.ts';
import type { Outage } from '../world/faults.ts';
import { drawKnobs, turnKnobs } from '../world/knobs.ts';
import { drawNumbers, type Numbers } from '../world/numbers.ts';
import type { Computer, Environment } from '../world/simulated-environment.ts';
import { drawWorkload } from './draw-workload.ts';
import { withGaps } from './gaps.ts';
import { withMerge } from './merges.ts';
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
  /** The settings of queues and functions are derived from them. */
  readonly limits: Limits;
  readonly settings?: SettingsOverride;
  /** Drawn from the seed alone. `about` is for the trace. */
  readonly draw: (seed: number) => { readonly workload: Workload; readonly about: string };
  /** Instead of faults drawn from the seed: these outages and nothing else, and the product's own patience. */
  readonly outages?: (startedAt: number) => readonly Outage[];
  /** Whether operators speak to its keys, and its second build may have another shape of the state. */
  readonly keyLife?: true;
  /** How the readings queue numbers its messages; as SQS does where this is missing. */
  readonly numbers?: (chance: Chance, span: Span) => Numbers;
  readonly judge: (world: OracleWorld) => Oracle;
  /** Whether another compute runs beside it: none where this is missing. */
  readonly shadow?: (seed: number) => ShadowMode;
  /** `computer` is where compute runs: the environment, or a thread of it. */
  readonly pipelineOn: (own: Environment, computer: Computer, world: SampleWorld) => Pipeline;
}

function drawn(workload: Workload, seed: number): Workload {
  const own = withRequestsOfWrites(withWakes(withSubmitted(workload, seed), seed), seed);
  return withGaps(withMerge(own, seed), seed);
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
  numbers: drawNumbers,
  judge: createOracle,
  pipelineOn: (own, computer, world) => samplePipeline(own, world, computer),
};

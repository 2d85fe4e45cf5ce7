/**
 * The subject of a run: a pipeline, the requests that are submitted to it, and the judge of the results. The
 * campaign's own subject is the sample (sample-subject.ts); the test kit (testing/) uses its user's pipeline.
 */
import type { Limits } from '../../functions/limits.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import type { SettingsOverride } from '../../infra/settings/settings.ts';
import type { Oracle, OracleWorld } from '../oracle/oracle.ts';
import type { Chance } from '../world/chance.ts';
import type { Outage } from '../world/faults.ts';
import type { Numbers } from '../world/numbers.ts';
import type { Computer, Environment } from '../world/simulated-environment.ts';
import type { Workload } from './sample-requests.ts';
import type { SampleWorld } from './sample-world.ts';
import type { ShadowMode } from './shadow.ts';

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

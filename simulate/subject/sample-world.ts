/** The parts of a world that a subject's pipeline sees. */
import type { Oracle } from '../oracle/oracle.ts';
import type { ReadingKind } from '../oracle/reference.ts';
import type { Chance } from '../world/chance.ts';
import type { Faults } from '../world/faults.ts';
import type { SecondBuild } from '../world/second-build.ts';
import type { Mode } from './mode.ts';
import type { PlannedRequest } from './sample-requests.ts';

export interface SampleWorld {
  readonly chance: Chance;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly mode: Mode;
  readonly requests: readonly PlannedRequest[];
  readonly initials: ReadonlyMap<string, ReadingKind>;
  readonly migrations: ReadonlyMap<string, ReadingKind> | undefined;
  readonly readMsMax: number;
  /** How many more times each hoarding reading ends the whole function when it is tried apart. */
  readonly deathsLeft: Map<string, number>;
  /** How the second build differs. With another state version, the state has another shape. */
  readonly secondBuild: SecondBuild;
}

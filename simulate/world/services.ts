/** The services that the functions' clients reach over the network. */
import type { Random } from '../../functions/ports.ts';
import type { Queue } from '../../model/queue/types.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Trace } from '../oracle/trace.ts';
import type { Faults } from './faults.ts';
import type { Network } from './network.ts';
import type { Schedules } from './scheduler.ts';
import type { SecondBuild } from './second-build.ts';
import type { Table } from './table.ts';

export interface Services {
  readonly network: Network;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly table: Table;
  readonly schedules: Schedules;
  readonly random: Random;
  readonly trace: Trace;
  /** How the second build differs. */
  readonly secondBuild: SecondBuild;
  /** By URL. */
  readonly queues: ReadonlyMap<string, Queue>;
}

/** What the clients of the functions reach over the network. */
import type { Random } from '../functions/ports.ts';
import type { Queue } from '../local/sqs/types.ts';
import type { Faults } from './faults.ts';
import type { Network } from './network.ts';
import type { Oracle } from './oracle.ts';
import type { Table } from './table.ts';
import type { Trace } from './trace.ts';

export interface Services {
  readonly network: Network;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly table: Table;
  readonly random: Random;
  readonly trace: Trace;
  /** By their URL. */
  readonly queues: ReadonlyMap<string, Queue>;
}

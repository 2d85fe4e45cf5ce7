/** What the reader needs where the pipeline says what its sources are. */
import type { Outbox } from '../ports.ts';
import type { AttemptStore } from './attempts.ts';
import type { Gate } from './gate/gate.ts';
import type { Hedges } from './gate/hedges.ts';

export interface SourcePorts {
  readonly gate: Gate;
  /** Only where slow reads may be attempted twice. */
  readonly hedges?: Hedges;
  readonly attempts: AttemptStore;
  /** Sends to the requests queue. */
  readonly anew: Outbox;
}

/** What the reader needs where the pipeline says what its sources are. */
import type { Outbox } from '../ports.ts';
import type { AttemptStore } from './attempts.ts';
import type { Gate } from './gate/gate.ts';

export interface SourcePorts {
  readonly gate: Gate;
  readonly attempts: AttemptStore;
  /** Sends to the requests queue. */
  readonly anew: Outbox;
}

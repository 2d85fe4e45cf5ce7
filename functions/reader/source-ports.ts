/** The ports that the reader needs if the pipeline has `source`. */
import type { Outbox } from '../ports.ts';
import type { AttemptStore } from './attempts.ts';
import type { Gate } from './gate/gate.ts';
import type { Hedges } from './gate/hedges.ts';

export interface SourcePorts {
  readonly gate: Gate;
  /** Set if slow reads may get a second attempt. */
  readonly hedges?: Hedges;
  readonly attempts: AttemptStore;
  /** Sends to the requests queue. */
  readonly anew: Outbox;
}

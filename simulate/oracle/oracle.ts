/**
 * The oracle sees every message that a queue accepts or gives up, every write, every output at a sink and
 * every acknowledgement, and compares them with the reference. It uses nothing of the code under test.
 */
import type { Delivery } from '../../functions/pipeline.ts';
import type { Workload } from '../subject/sample-requests.ts';
import type { Landing } from '../world/network.ts';
import type { Numbers } from '../world/numbers.ts';
import type { SecondBuild } from '../world/second-build.ts';
import type { Counters } from './counters.ts';
import { createInvocations, type Invocations } from './invocations.ts';
import { judgeHops } from './judge-hops.ts';
import { judgeIsolation } from './judge-isolation.ts';
import { judgeOutputs } from './judge-outputs.ts';
import { judgeQueues, type QueueJudge } from './judge-queues.ts';
import { type Change, judgeWrites, type StoredItem } from './judge-writes.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Trace } from './trace.ts';

export interface Oracle extends Ledger, Invocations, QueueJudge {
  readReturned(n: number, attempt: number): void;
  /** A read threw or was aborted through its own fault. */
  readFailed(n: number): void;
  written(landing: Landing, changes: readonly Change[]): void;
  delivered(outputs: readonly Delivery<unknown>[]): void;
}

export interface OracleWorld {
  readonly workload: Workload;
  readonly counters: Counters;
  readonly trace: Trace;
  readonly calm: boolean;
  readonly now: () => number;
  readonly numbers: Numbers;
  readonly item: StoredItem;
  readonly secondBuild: SecondBuild;
  /** Called at each violation. */
  readonly onViolation: () => void;
}

export function createOracle(world: OracleWorld): Oracle {
  const { workload, counters, trace, calm, now, numbers, item, secondBuild, onViolation } = world;
  const ledger = createLedger(workload, counters, { trace, now, onViolation });
  const invocations = createInvocations(ledger, numbers);
  const isolation = judgeIsolation(ledger, calm, workload);
  const queues = judgeQueues(ledger);
  return {
    ...ledger,
    ...invocations,
    ...queues,
    computing(invocation, messages) {
      isolation.delivered(messages);
      invocations.computing(invocation, messages);
    },
    deadLettered(body, givenUp) {
      if (givenUp !== undefined) isolation.givenUp(body);
      queues.deadLettered(body, givenUp);
    },
    written: judgeWrites(ledger, invocations, item, secondBuild),
    delivered: judgeOutputs(ledger),
    readFailed(n) {
      const facts = ledger.requests[n];
      if (facts !== undefined) facts.ownFailures += 1;
    },
    readReturned(n, attempt) {
      ledger.requests[n]?.attempts.add(attempt);
      judgeHops(n, ledger);
      trace.add(`read of #${n} returned, attempt ${attempt}`);
    },
  };
}

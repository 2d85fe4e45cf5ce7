/** The oracle's record of a run: facts about requests and keys, counters and violations. */

import type { Lane } from '../../functions/backfill.ts';
import type { Mode } from '../subject/mode.ts';
import type { PlannedRequest, Workload } from '../subject/sample-requests.ts';
import type { CounterName, Counters } from './counters.ts';
import { createKeyFacts, type KeyFacts } from './facts.ts';
import type { Trace } from './trace.ts';
import { createTrials, type Trials } from './trials.ts';

export interface Violation {
  readonly invariant: string;
  readonly text: string;
}

export interface RequestFacts {
  readonly plan: PlannedRequest;
  submitted: number;
  /** The queues that it was sent to. */
  readonly lanes: Set<Lane>;
  /** Attempts with a successful read. */
  readonly attempts: Set<number>;
  /** Number of attempts that its own read failed. */
  ownFailures: number;
  /** Times at which the dead-letter queue accepted it. */
  readonly deadLettered: number[];
}

export interface Ledger {
  readonly mode: Mode;
  readonly migrations: Workload['migrations'];
  readonly keys: ReadonlyMap<string, KeyFacts>;
  readonly requests: readonly RequestFacts[];
  readonly plans: readonly PlannedRequest[];
  readonly junk: Map<string, { buried: boolean }>;
  readonly violations: readonly Violation[];
  readonly trace: Trace;
  readonly trials: Trials;
  readonly now: () => number;
  factsOf(key: string): KeyFacts;
  count(name: CounterName): void;
  broken(invariant: string, text: string, subject: string): void;
  /** Adds a request that is not in the workload. */
  plan(request: PlannedRequest): void;
}

interface Reporting {
  readonly trace: Trace;
  readonly now: () => number;
  readonly onViolation: () => void;
}

const VIOLATIONS_MAX = 20;

export function createLedger(
  { mode, migrations, requests: planned }: Workload,
  counters: Counters,
  { trace, now, onViolation }: Reporting,
): Ledger {
  const keys = new Map<string, KeyFacts>();
  const violations: Violation[] = [];
  const plans: PlannedRequest[] = [];
  const requests: RequestFacts[] = [];

  function plan(request: PlannedRequest): void {
    plans.push(request);
    const attempts = new Set<number>();
    requests.push({
      plan: request,
      submitted: 0,
      lanes: new Set(),
      attempts,
      ownFailures: 0,
      deadLettered: [],
    });
  }

  for (const request of planned) plan(request);
  return {
    mode,
    migrations,
    keys,
    requests,
    plans,
    junk: new Map(),
    violations,
    trace,
    trials: createTrials(),
    now,
    plan,
    factsOf(key) {
      const known = keys.get(key) ?? createKeyFacts(key, mode);
      keys.set(key, known);
      return known;
    },
    count(name) {
      counters[name] += 1;
    },
    broken(invariant, text, subject) {
      trace.add(`VIOLATION ${invariant}: ${text} (${subject})`);
      if (violations.length < VIOLATIONS_MAX) violations.push({ invariant, text: `${text} (${subject})` });
      onViolation();
    },
  };
}

/** A key or id for traces: short and printable. */
export function name(key: string): string {
  return JSON.stringify(key.length > 30 ? `${key.slice(0, 27)}...` : key);
}

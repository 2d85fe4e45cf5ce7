/**
 * Whether a run can still make progress. AWS would retry for hours or days. A person at a terminal wants to
 * know at once that a function cannot start, and after a few attempts that all remaining work keeps failing
 * for the same kinds of reasons.
 */
import { isRecord } from '../functions/json.ts';
import type { Observation } from '../functions/ports.ts';
import { createFailures, type Failures } from './failures.ts';
import type { InvocationReport } from './lambda/environment.ts';
import type { Mapping } from './mappings/sqs-mapping.ts';
import type { StackQueue } from './storage/stack-queue.ts';

export interface Standstill {
  readonly why: 'cannot start' | 'never answers' | 'keeps failing' | 'over budget';
  /** The last reason of each kind. */
  readonly reasons: readonly string[];
}

export interface StandstillWatch {
  began(): void;
  ended(report: InvocationReport): void;
  observed(observation: Observation): void;
  /** Number of invocations in progress. */
  working(): number;
  /** Undefined while there is hope. Call it now and then: two calls in a row must agree. */
  look(): Promise<Standstill | undefined>;
}

export interface WatchedParts {
  readonly sources: readonly Pick<StackQueue, 'counts' | 'plan'>[];
  readonly mappings: readonly Pick<Mapping, 'busy' | 'enabled'>[];
  /** Number of calls and invocations so far. */
  readonly activity: () => number;
}

export function watchStandstill(parts: () => WatchedParts): StandstillWatch {
  const functions = new Map<string, { started: boolean; answered: boolean; lost: string | undefined }>();
  const failures = createFailures();
  const notStarted = new Map<string, string>();
  /**
   * Reads that were given up. The reason of a read's last failure is observed after the read itself; it does
   * not count, because no work is left.
   */
  const givenUp = new Set<string>();
  let running = 0;
  let before = -1;

  return {
    began() {
      running += 1;
    },
    ended({ functionName, outcome, error, event }) {
      running -= 1;
      const known = functions.get(functionName) ?? { started: false, answered: false, lost: undefined };
      functions.set(functionName, known);
      const reason = error === undefined ? '' : `${error.type}: ${error.message}`;
      known.started ||= outcome !== 'not started';
      known.answered ||= outcome === 'answered' || outcome === 'threw';
      known.lost = outcome === 'lost' ? reason : undefined;
      for (const name of recordsIn(event)) {
        if (outcome === 'answered') failures.succeeded(name);
        else failures.failed(name, `${functionName}: ${reason}`);
      }
      if (outcome !== 'not started') notStarted.delete(functionName);
      else if (!known.started) notStarted.set(functionName, reason);
    },
    observed: (observation) => note(observation, failures, givenUp),
    working: () => running,
    async look() {
      const [first] = notStarted;
      if (first !== undefined) return { why: 'cannot start', reasons: [first.join(': ')] };
      const { sources, mappings, activity } = parts();
      const last = before;
      before = -1;
      if (running > 0 || failures.size === 0) return undefined;
      // A paused part waits for a person, and continues when it is resumed.
      if (mappings.some(({ busy, enabled }) => busy || !enabled)) return undefined;
      const counts = await Promise.all(sources.map((queue) => queue.counts()));
      // A visible message in a standard queue is about to be received; in a FIFO queue an earlier one may
      // block it.
      if (sources.some(({ plan }, index) => !plan.fifo && (counts[index]?.visible ?? 0) > 0))
        return undefined;
      before = activity();
      if (before !== last) return undefined;
      const silent = [...functions].filter(([, each]) => !each.answered && each.lost !== undefined);
      if (silent.length > 0) {
        return { why: 'never answers', reasons: silent.map(([name, { lost }]) => `${name}: ${lost}`) };
      }
      const reasons = failures.hopeless();
      return reasons === undefined ? undefined : { why: 'keeps failing', reasons };
    },
  };
}

function note(observation: Observation, failures: Failures, givenUp: Set<string>): void {
  if (observation.kind === 'read') {
    const name = `read ${observation.request}`;
    if (observation.outcome === 'dead') givenUp.add(name);
    else givenUp.delete(name);
    if (observation.outcome !== 'failed') failures.succeeded(name);
  } else if (observation.kind === 'commit') {
    if (observation.outcome === 'committed') failures.succeeded(`compute ${observation.key}`);
  } else if (observation.kind === 'write') {
    if (observation.outcome === 'done') failures.succeeded(`write ${observation.key}`);
  } else if (observation.kind === 'failure') {
    const { stage, reason, group, request, key = group } = observation;
    const name = `${stage} ${stage === 'read' ? (request ?? group) : key}`;
    if (!givenUp.has(name)) failures.failed(name, `${stage} failed: ${reason}`);
  }
}

/** Messages of a queue by id, records of a stream by sequence number. */
function recordsIn(event: unknown): string[] {
  const records = isRecord(event) && Array.isArray(event['Records']) ? event['Records'] : [];
  return records.flatMap((record: unknown) => {
    if (!isRecord(record)) return [];
    const change = isRecord(record['dynamodb']) ? record['dynamodb'] : {};
    return `record ${String(record['messageId'] ?? change['SequenceNumber'])}`;
  });
}

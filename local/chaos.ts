/**
 * Chaos for a local run: the failures that AWS has now and then, but often, on the real wire protocol and in
 * real threads. Functions are killed in the middle of an invocation. Calls are refused, delayed, or cut
 * before or after they are carried out. Entries of a batch fail, and messages become visible while they are
 * worked on. The queues' clock is faster, so that visibility timeouts and the deduplication window pass
 * within a run.
 *
 * A seed decides what happens; when it happens depends on the machine. The simulation (simulate/) gives runs
 * that repeat exactly.
 */

import { systemClock } from '../functions/aws/clock.ts';
import type { Clock, Random } from '../functions/ports.ts';
import type { Queue, ReceivedMessage, SendResult, SqsMessage } from '../model/queue/types.ts';
import { createRandom } from '../model/random.ts';
import { type Call, type Interception, OPERATOR } from './gateway/call.ts';

export interface Chaos {
  /** The queues' clock: 20 times as fast as that of the functions. */
  readonly clock: Clock;
  intercept(call: Call): Interception | undefined;
  /** Milliseconds after which this invocation is killed; undefined: it is not killed. */
  killAfterMs(): number | undefined;
  wrapQueue(queue: Queue): Queue;
  /** How often each kind of failure was caused. */
  counts(): Readonly<Record<string, number>>;
}

const FASTER = 20;
/** Shares of the calls, invocations and messages that are affected. */
const SHARES = {
  refused: 0.03,
  delayed: 0.03,
  cutBefore: 0.02,
  cutAfter: 0.03,
  killed: 0.06,
  entry: 0.03,
  lapsed: 0.03,
};
const DELAY_MS_MAX = 400;
const KILL_MS_MAX = 400;
const LAPSE_MS_MAX = 10_000;

export function createChaos(seed: number): Chaos {
  const random = createRandom(seed);
  const done = new Map<string, number>();
  const strikes = (kind: keyof typeof SHARES): boolean => {
    if (random() >= SHARES[kind]) return false;
    done.set(kind, (done.get(kind) ?? 0) + 1);
    return true;
  };
  const clock = fasterClock(FASTER);
  return {
    clock,
    intercept(call) {
      if (call.functionName === OPERATOR) return undefined; // The operator's calls are left alone.
      if (strikes('refused')) return { fail: refusalOf(call) };
      if (strikes('delayed')) return { delayMs: random() * DELAY_MS_MAX };
      if (strikes('cutBefore')) return { cut: 'before' };
      return strikes('cutAfter') ? { cut: 'after' } : undefined;
    },
    killAfterMs: () => (strikes('killed') ? random() * KILL_MS_MAX : undefined),
    wrapQueue: (queue) => wrap(queue, clock, random, strikes),
    counts: () => Object.fromEntries(done),
  };
}

function fasterClock(times: number): Clock {
  const start = systemClock.now();
  return {
    now: () => start + (systemClock.now() - start) * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}

function refusalOf({ service }: Call) {
  const message = 'refused by chaos';
  return service === 'SQS'
    ? { status: 503, code: 'ServiceUnavailable', message }
    : { status: 400, code: 'ProvisionedThroughputExceededException', message };
}

/** A queue whose batches fail in part and whose messages become visible early. */
function wrap(
  queue: Queue,
  clock: Clock,
  random: Random,
  strikes: (kind: 'entry' | 'lapsed') => boolean,
): Queue {
  const sendBatch = (messages: readonly SqsMessage[]): (SendResult | Error)[] =>
    messages.map((message) =>
      strikes('entry')
        ? new Error('InternalError')
        : (queue.sendBatch([message])[0] ?? new Error('InternalError')),
    );
  const lapse = (messages: ReceivedMessage[]): ReceivedMessage[] => {
    for (const { receiptHandle } of messages.filter(() => strikes('lapsed'))) {
      void clock.sleep(random() * LAPSE_MS_MAX).then(() => {
        try {
          queue.changeVisibility(receiptHandle, 0);
        } catch {
          // The message was deleted meanwhile, or is already visible again.
        }
      });
    }
    return messages;
  };
  const changed: Partial<Queue> = {
    sendBatch,
    receive: async (options) => lapse(await queue.receive(options)),
    receiveNow: (options) => lapse(queue.receiveNow(options)),
  };
  // The queue has private fields, so its methods must be called on the object itself.
  return new Proxy(queue, {
    get(target, name) {
      const own: unknown = Reflect.get(changed, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

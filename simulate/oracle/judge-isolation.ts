/**
 * I10 isolation: what never comes back costs its neighbours a few deliveries, and nothing more. Judged where nothing
 * but user code fails, because anything else may cost deliveries too.
 */
import type { ReceivedMessage } from '../../model/queue/types.ts';
import { parseMessage } from './facts.ts';
import type { Ledger } from './ledger.ts';

export interface IsolationJudge {
  delivered(messages: readonly ReceivedMessage[]): void;
  /** SQS moved the message to the dead-letter queue after its last delivery. */
  givenUp(body: string): void;
}

/**
 * A batch may end with a key at fault twice: together with it, and when that key is tried apart and takes all the time.
 * Each further key at fault may end one more.
 */
const DELIVERIES = 3;

export function judgeIsolation({ factsOf, broken, count }: Ledger, calm: boolean): IsolationJudge {
  if (!calm) return { delivered: () => {}, givenUp: () => {} };
  /** By message, the groups at fault that it has shared a batch with. */
  const met = new Map<string, Set<string>>();
  /** Also over what is parked for its key, which a message may let the compute take up. */
  const isAtFault = ({ body }: ReceivedMessage): boolean => {
    const key = parseMessage(body)?.key;
    if (key === undefined) return false;
    return isGuilty(body) || [...factsOf(key).parked.values()].some(({ slots }) => slots.some(isKiller));
  };
  return {
    delivered(messages) {
      const guilty = new Set(messages.filter(isAtFault).map(({ group = '' }) => group));
      for (const { messageId, group = '', body, receiveCount } of messages) {
        const faults = met.get(messageId) ?? new Set();
        for (const fault of guilty) faults.add(fault);
        met.set(messageId, faults);
        const parsed = parseMessage(body);
        // What stands behind another message of its own key waits for it: that is order, not isolation.
        if (parsed === undefined || faults.has(group)) continue;
        if (receiveCount > 1) count('neighbourDeliveredAgain');
        if (receiveCount <= DELIVERIES + faults.size) continue;
        const about = parsed.slots.map(({ reading }) => `#${reading.r}`)[0] ?? parsed.kind;
        broken(
          'I10 isolation',
          `${about}: ${parsed.identity} is delivered ${receiveCount} times`,
          parsed.key,
        );
      }
    },
    givenUp(body) {
      const parsed = parseMessage(body);
      if (parsed === undefined || isGuilty(body)) return;
      const about = parsed.slots.map(({ reading }) => `#${reading.r}`)[0] ?? parsed.kind;
      broken('I10 isolation', `${about}: ${parsed.identity} was given up over another's fault`, parsed.key);
    },
  };
}

function isGuilty(body: string): boolean {
  return parseMessage(body)?.slots.some(isKiller) ?? false;
}

function isKiller({ reading: { t } }: { readonly reading: { readonly t: string } }): boolean {
  return t === 'kills' || t === 'loops';
}

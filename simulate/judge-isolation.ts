/**
 * I10 isolation: what never comes back costs its neighbours a few deliveries, and nothing more. Judged where nothing
 * but user code fails, because anything else may cost deliveries too.
 */
import type { ReceivedMessage } from '../local/sqs/types.ts';
import { parseMessage } from './facts.ts';
import type { Ledger } from './ledger.ts';

export interface IsolationJudge {
  delivered(messages: readonly ReceivedMessage[]): void;
  /** SQS moved the message to the dead-letter queue after its last delivery. */
  givenUp(body: string): void;
}

/** The batch may end with the key that it shares it with, twice: together, and when that key is tried apart. */
const DELIVERIES_MAX = 4;

export function judgeIsolation({ factsOf, broken, count }: Ledger, calm: boolean): IsolationJudge {
  if (!calm) return { delivered: () => {}, givenUp: () => {} };
  return {
    delivered(messages) {
      const guilty = new Set(messages.filter(({ body }) => isGuilty(body)).map(({ group }) => group));
      for (const { group, body, receiveCount } of messages) {
        const parsed = parseMessage(body);
        if (parsed === undefined || guilty.has(group)) continue;
        if ([...factsOf(parsed.key).parked.values()].some(({ slots }) => slots.some(isKiller))) continue;
        if (receiveCount > 1) count('neighbourDeliveredAgain');
        if (receiveCount <= DELIVERIES_MAX) continue;
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

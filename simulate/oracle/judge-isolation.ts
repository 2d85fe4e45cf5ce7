/**
 * I10 isolation: a reading that never returns costs its neighbours a few deliveries, and nothing more. Judged
 * only where nothing but user code fails, because any other fault may cost deliveries too.
 */
import type { ReceivedMessage } from '../../model/queue/types.ts';
import type { Workload } from '../subject/sample-requests.ts';
import type { Ledger } from './ledger.ts';
import { type MessageFacts, parseMessage } from './message-facts.ts';
import { DEADLY, type ReadingKind } from './reference.ts';
import { hasTakenEffect } from './taken-effect.ts';

export interface IsolationJudge {
  delivered(messages: readonly ReceivedMessage[]): void;
  /** SQS moved the message to the dead-letter queue after its last delivery. */
  givenUp(body: string): void;
}

/**
 * The first delivery may end with one faulty key, and then each of two keys may end one more while it is
 * still unknown. A third one in the same batches, and each further one, may cost one more delivery.
 */
const DELIVERIES = 4;
const FAULTS_COVERED = 2;
/** Deliveries until a faulty key is identified, next to up to two others. */
const DELIVERIES_OF_THE_GUILTY = 10;

export function judgeIsolation(
  { factsOf, broken, count }: Ledger,
  calm: boolean,
  { initials }: Pick<Workload, 'initials'>,
): IsolationJudge {
  if (!calm) return { delivered: () => {}, givenUp: () => {} };
  /** By message: the faulty readings that were in a batch with it, and their groups. */
  const met = new Map<string, { readonly killers: Set<string>; readonly groups: Set<string> }>();
  /** A deadly initial is called for each message of its key while the key has no state. */
  const isBegunByDeath = ({ key }: MessageFacts): boolean => {
    const { item } = factsOf(key);
    return DEADLY.has(initials.get(key) ?? 'plain') && (item === undefined || item['unbegun'] !== undefined);
  };
  const isGuilty = (message: MessageFacts): boolean =>
    message.slots.some(isKiller) || isBegunByDeath(message);
  /** Includes messages parked for the key: another message may make compute process them. */
  const killersIn = ({ body, messageId }: ReceivedMessage): string[] => {
    const parsed = parseMessage(body);
    if (parsed === undefined) return [];
    if (isBegunByDeath(parsed)) return [`${parsed.key} initial for ${messageId}`];
    const slots = [...factsOf(parsed.key).parked.values()].flatMap((parked) => parked.slots);
    return [...parsed.slots, ...slots].filter(isKiller).map(({ slot }) => `${parsed.key} ${slot}`);
  };
  const isCommitted = (message: MessageFacts, messageId: string): boolean => {
    const facts = factsOf(message.key);
    const isParked = [...facts.parked.values()].some(({ identity }) => identity === message.identity);
    return isParked || hasTakenEffect(facts, message, messageId, '');
  };
  return {
    delivered(messages) {
      const killers = messages.flatMap(killersIn);
      const groups = messages.filter((each) => killersIn(each).length > 0).map(({ group = '' }) => group);
      for (const { messageId, group = '', body, receiveCount } of messages) {
        const faults = met.get(messageId) ?? { killers: new Set(), groups: new Set() };
        for (const killer of killers) faults.killers.add(killer);
        for (const each of groups) faults.groups.add(each);
        met.set(messageId, faults);
        const parsed = parseMessage(body);
        if (parsed === undefined) continue;
        const further = Math.max(0, faults.killers.size - FAULTS_COVERED);
        let most = DELIVERIES + further;
        if (faults.groups.has(group)) {
          // A message behind another one of its own key waits for it: that is order, not isolation.
          const own = [...faults.killers].filter((killer) => killer.startsWith(`${parsed.key} `));
          if (further > 0 || own.length > 1 || !isGuilty(parsed)) continue;
          most = DELIVERIES_OF_THE_GUILTY;
        } else if (receiveCount > 1) count('neighbourDeliveredAgain');
        // A committed message that is redelivered with its neighbour costs nothing.
        if (receiveCount <= most || isCommitted(parsed, messageId)) continue;
        broken('I10 isolation', `${nameOf(parsed)} is delivered ${receiveCount} times`, parsed.key);
      }
    },
    givenUp(body) {
      const parsed = parseMessage(body);
      if (parsed === undefined) return;
      const why = isGuilty(parsed) ? 'without its name' : "over another's fault";
      broken('I10 isolation', `${nameOf(parsed)} was given up ${why}`, parsed.key);
    },
  };
}

function isKiller({ reading: { t } }: { readonly reading: { readonly t: ReadingKind } }): boolean {
  return DEADLY.has(t);
}

function nameOf({ slots, kind, identity }: MessageFacts): string {
  const [first] = slots;
  return `${first === undefined ? kind : `#${first.reading.r}`}: ${identity}`;
}

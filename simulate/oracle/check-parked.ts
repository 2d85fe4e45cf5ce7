/**
 * Parked messages and stopped keys. Parked messages are the only copies of their readings (I1): a commit adds
 * each one once, and the commit that applies it removes it. A key stops at exactly the reading that threw
 * (I8), and continues only when an operator's word about this stop tells it to, once for each word.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { nextOf } from './check-order.ts';
import { isCulprit as isPoisonFor, isStoppedAt } from './check-wakes.ts';
import { checkMayDrop, drop, hasFailedToMigrate, isDropped } from './check-words.ts';
import { isDealt, isSettled, type KeyFacts, stopOf } from './facts.ts';
import type { Break, LandedCommit, Unparked } from './landed-commit.ts';
import { type MessageFacts, parseMessage, requestsIn, type SlotFacts, stopName } from './message-facts.ts';
import { isPoison, type Reading } from './reference.ts';

/**
 * Records the messages that the commit parked. Returns those that it removed, to be checked when the applied
 * readings are known.
 */
export function takeParked(facts: KeyFacts, commit: LandedCommit, broken: Break): Unparked[] {
  const left: Unparked[] = [];
  const { mode } = commit;
  for (const { sk, before, after } of commit.parked) {
    const message = parseMessage((after ?? before)?.['body']?.S ?? '');
    if (message === undefined) {
      broken('I1 conservation', `${sk} is parked and is no message`);
    } else if (after === undefined) {
      if (!facts.parked.delete(sk))
        broken('I1 conservation', `${requestsIn(message)} is taken up and was not parked`);
      else if (isDropped(message, commit)) {
        checkMayDrop(facts, message, commit, broken);
        drop(facts, message);
      } else left.push({ sk, message });
    } else {
      const twins = [...facts.parked.values()].filter(({ identity }) => identity === message.identity);
      // In arrival order a duplicate has its own place and is dropped when its turn comes; so has a wake.
      const isOfNoPlace = mode.order === 'arrival' || message.kind === 'wake';
      if (before !== undefined || (twins.length > 0 && !isOfNoPlace)) {
        broken('I1 conservation', `${requestsIn(message)}: message ${message.identity} is parked twice`);
      }
      facts.parked.set(sk, {
        ...message,
        messageId: after['messageId']?.S ?? '',
        sentAt: Number(after['sentAt']?.N),
      });
    }
  }
  return left;
}

export function checkParked(facts: KeyFacts, left: readonly Unparked[], after: Item, broken: Break): void {
  for (const { message } of left) {
    const passed = nextOf(after).sequence > message.place.sequence;
    const settled = message.kind === 'readings' ? isSettled(facts, message) : passed;
    if (!settled) {
      broken('I1 conservation', `${requestsIn(message)}: message ${message.identity} was parked and is gone`);
    }
  }
  const count = Number(after['parked']?.N ?? 0);
  if (count !== facts.parked.size) {
    broken('I1 conservation', `${count} messages are said to be parked, ${facts.parked.size} are`);
  }
  const first = [...facts.parked.keys()].sort()[0];
  const bound = after['parkedFirst']?.S ?? '';
  if (
    first !== undefined &&
    !(bound !== '' && first.slice(first.indexOf('/', 'parked/'.length) + 1) >= bound)
  ) {
    broken('I1 conservation', `the first parked message is at ${first}, before the item's bound ${bound}`);
  }
}

export interface StopChange {
  /** Whether the key continued from its stop. */
  readonly went: boolean;
  readonly stoppedAnew: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** `dead`: readings that were set aside alone. In a pipeline that stops, only an operator does that. */
export function checkStop(
  facts: KeyFacts,
  commit: LandedCommit,
  fresh: readonly SlotFacts[],
  dead: readonly SlotFacts[],
  forgotten: boolean,
  broken: Break,
): StopChange {
  const { before: item, after, mode, build, trials } = commit;
  const [from, to] = [stopOf(item), stopOf(after)];
  const { words, ended } = facts.stops;
  const said = from === undefined ? undefined : words.get(from);
  for (const { reading, content, message, index } of mode.poison === 'stop' ? dead : []) {
    if (!placesOf({ message, index }).some((name) => name === from) || (said?.skip ?? 0) === 0) {
      broken('I8 poison', `#${reading.r}: reading ${content} was set aside and nobody said skip`);
    }
  }
  const went = !forgotten && from !== undefined && (to !== from || fresh.length > 0 || dead.length > 0);
  if (went) {
    const times = (ended.get(from) ?? 0) + 1;
    ended.set(from, times);
    if (times > (said?.resume ?? 0) + (said?.skip ?? 0)) {
      broken('I8 poison', `the key went on from ${from} for the ${times}. time, and nobody said so as often`);
    }
  }
  const stoppedAnew = to !== undefined && to !== from;
  const isCulprit = ({ t }: Reading) =>
    after['unbegun'] !== undefined ||
    isPoison(t, build) ||
    trials.endedFunctions(facts.key, [to ?? '']) ||
    hasFailedToMigrate(facts, commit);
  const wake = [...facts.parked.values()].find((message) => isStoppedAt(message, to ?? ''));
  if (stoppedAnew && wake !== undefined) {
    const isGuilty =
      after['unbegun'] !== undefined ||
      isPoisonFor(facts, wake, build) ||
      trials.endedFunctions(facts.key, [to]) ||
      hasFailedToMigrate(facts, commit);
    if (mode.poison !== 'stop' || !isGuilty)
      broken('I8 poison', `the key stopped at the sound wake ${wake.identity}`);
  } else if (stoppedAnew) checkCulprit(facts, to, mode.poison === 'stop', isCulprit, broken);
  return { went, stoppedAnew, before: from, after: to };
}

/** The names under which a reading that was set aside alone was processed: alone, or in its message. */
export function placesOf({ message, index }: Pick<SlotFacts, 'message' | 'index'>): string[] {
  return [stopName(message.receipt, 0), stopName(message.originReceipt, index)];
}

function checkCulprit(
  facts: KeyFacts,
  stop: string,
  stops: boolean,
  isCulprit: (reading: Reading) => boolean,
  broken: Break,
): void {
  const culprits = [...facts.parked.values()].flatMap((message) => slotAt(message, stop) ?? []);
  const [culprit] = culprits;
  if (!stops) broken('I8 poison', 'a key stopped in a pipeline that sets aside');
  if (culprit === undefined) {
    broken('I8 poison', `the key stopped at ${stop}, which is not parked`);
    return;
  }
  const about = `#${culprit.reading.r}: ${culprit.reading.t} reading ${culprit.content}`;
  if (!isCulprit(culprit.reading)) broken('I8 poison', `the key stopped at the sound ${about}`);
  if (facts.applied.has(culprit.slot)) broken('I8 poison', `the key stopped at ${about}, which is applied`);
  const earlier = culprit.message.slots.filter(({ index }) => index < culprit.index);
  if (earlier.some(({ slot }) => !isDealt(facts, slot))) {
    broken('I8 poison', `the key stopped at ${about} before the readings that stand before it`);
  }
}

/**
 * The reading of a parked message on which the key stopped. A reading that came back alone is the only one of
 * its message.
 */
export function slotAt({ receipt, single, slots }: MessageFacts, stop: string): SlotFacts | undefined {
  return slots.find(({ index }) => stopName(receipt, single ? 0 : index) === stop);
}

/**
 * The operators of a run: they redrive dead letters, and tell stopped keys to resume or skip, with the code
 * of operate/stopped.ts. While faults last, they act on what they see at that moment, send words late, and
 * send them twice.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { controlMessage } from '../../functions/commands.ts';
import { bodyAgain } from '../../functions/encode-readings.ts';
import { DEDUPLICATION_WINDOW_MS } from '../../functions/limits.ts';
import { groupOf } from '../../functions/message-ids.ts';
import { slotAt } from '../oracle/check-parked.ts';
import { isCulprit, isStoppedAt } from '../oracle/check-wakes.ts';
import type { CounterName } from '../oracle/counters.ts';
import { type KeyFacts, stopOf } from '../oracle/facts.ts';
import { parseMessage } from '../oracle/message-facts.ts';
import { isPoison } from '../oracle/reference.ts';
import type { World } from './world.ts';

/**
 * If acknowledgements are lost, a refused request is set aside more than once, and each redrive could double
 * that.
 */
const LETTERS_MAX = 500;

/** A partial redrive at any time. */
export function redriveSome(world: World, which: 'requests' | 'readings'): void {
  const { requestsDead, readingsDead } = world.queues;
  const { visible } = (which === 'requests' ? requestsDead : readingsDead).counts();
  if (visible <= LETTERS_MAX) redrive(world, which);
}

export function redrive(world: World, which: 'requests' | 'readings'): void {
  const { queues, oracle, trace } = world;
  const [from, to] =
    which === 'requests' ? [queues.requestsDead, queues.requests] : [queues.readingsDead, queues.readings];
  const { moved } = from.moveTask(to, which === 'readings' && isYoung(world) ? bodyAgain : undefined);
  if (moved === 0) return;
  trace.add(`operator redrives ${moved} ${which}`);
  oracle.count(which === 'requests' ? 'requestsRedriven' : 'readingsRedriven');
}

/**
 * SQS's own redrive is for readings whose requests are more than five minutes old; "weir dead redrive" is for
 * all.
 */
function isYoung({ queues: { readingsDead }, clock }: World): boolean {
  const letters = readingsDead.list().flatMap(({ body }) => parseMessage(body) ?? []);
  return letters.some(({ since }) => clock.now() - since < DEDUPLICATION_WINDOW_MS);
}

type Word = 'resume' | 'skip';

const AGAIN_MS_MIN = 100;
const AGAIN_MS_MAX = 30 * 60_000;

/** A few words to stopped keys, at any time. */
export function steerSome(world: World): void {
  const { chance, clock } = world;
  for (const { item } of stoppedKeys(world)) {
    if (chance.happens(0.2)) continue;
    const word = chance.happens(0.6) ? 'resume' : 'skip';
    say(world, item, word);
    if (!chance.happens(0.6)) continue;
    void clock
      .sleep(chance.spread(AGAIN_MS_MIN, AGAIN_MS_MAX))
      .then(() => say(world, item, word, 'wordRepeated'));
  }
}

const LOOK_MS_MIN = 500;
const LOOK_MS_MAX = 20_000;
/** SQS drops duplicates within five minutes, so a younger message is not looked up. */
const YOUNG_MS = 4 * 60_000;

/**
 * An operator who sees at once that a key stopped, and skips. SQS had given up the message at which it
 * stopped, although it is parked, and its redrive arrives together with the word.
 */
export function skipAtOnce(world: World, until: number): void {
  const { chance, clock, table, queues, oracle, trace } = world;
  const seen = new Set<string>();
  const look = (): void => {
    for (const { item, facts } of stoppedKeys(world)) {
      const name = stopOf(item) ?? '';
      const [culprit] = [...facts.parked].filter(([, message]) => slotAt(message, name) !== undefined);
      if (culprit === undefined || clock.now() - culprit[1].since > YOUNG_MS || seen.has(name)) continue;
      seen.add(name);
      const body = table.item(facts.key, culprit[0])?.['body']?.S ?? '';
      trace.add(`a redrive brings ${culprit[1].identity} of ${JSON.stringify(facts.key)} again`);
      oracle.count('repeatBesideSkip');
      queues.readings.send({
        body,
        group: groupOf(facts.key),
        deduplicationId: `redriven-${culprit[1].receipt}-${Math.floor(clock.now())}`,
      });
      say(world, item, 'skip');
    }
    if (clock.now() < until) clock.later(chance.between(LOOK_MS_MIN, LOOK_MS_MAX), look);
  };
  look();
}

/** Number of stopped keys, and of words that SQS accepted: it drops a repeat within five minutes. */
interface Steered {
  readonly stopped: number;
  readonly heard: number;
}

/** The operators' last words: readings that no build can compute are skipped. */
export function steerAll(world: World, build: number): Steered {
  const stopped = stoppedKeys(world);
  let heard = 0;
  for (const { item, facts } of stopped) {
    const name = stopOf(item) ?? '';
    const [culprit] = [...facts.parked.values()].flatMap((message) => slotAt(message, name) ?? []);
    const wake = [...facts.parked.values()].find((message) => isStoppedAt(message, name));
    const hopeless =
      wake === undefined
        ? culprit !== undefined && isPoison(culprit.reading.t, build)
        : isCulprit(facts, wake, build);
    if (say(world, item, hopeless || world.chance.happens(0.1) ? 'skip' : 'resume')) heard += 1;
  }
  return { stopped: stopped.length, heard };
}

function stoppedKeys({ oracle }: World): { readonly item: Item; readonly facts: KeyFacts }[] {
  return [...oracle.keys.values()].flatMap((facts) => {
    const { item } = facts;
    return item?.['stopped'] === undefined ? [] : [{ item, facts }];
  });
}

/** Returns whether SQS accepted the word. */
function say({ queues, oracle, trace }: World, item: Item, word: Word, counter?: CounterName): boolean {
  const key = item['pk']?.S ?? '';
  const [receipt = '', index = ''] = (stopOf(item) ?? '').split(':');
  const id = `operator/${item['lineage']?.S}/${item['version']?.N}/${receipt}/${index}`;
  const { body, group, deduplicationId } = controlMessage(key, word, { receipt, index: Number(index) }, id);
  trace.add(`operator says ${word} to ${JSON.stringify(key)} at ${receipt}:${index}`);
  oracle.count(counter ?? (word === 'resume' ? 'operatorSaysResume' : 'operatorSaysSkip'));
  return !queues.readings.send({ body, group, deduplicationId }).duplicate;
}

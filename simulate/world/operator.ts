/**
 * The operators of a run: they redrive dead letters, and tell stopped keys to resume or skip, with the code
 * of operate/stopped.ts. While faults last, they act on what they see at that moment, send words late, and
 * send them twice. operator-words.ts has the operators who know what a key stopped over.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { controlMessage } from '../../functions/commands.ts';
import { bodyAgain } from '../../functions/encode-readings.ts';
import { DEDUPLICATION_WINDOW_MS } from '../../functions/limits.ts';
import type { CounterName } from '../oracle/counters.ts';
import { type KeyFacts, stopOf } from '../oracle/facts.ts';
import { parseMessage } from '../oracle/message-facts.ts';
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

export function stoppedKeys({ oracle }: World): { readonly item: Item; readonly facts: KeyFacts }[] {
  return [...oracle.keys.values()].flatMap((facts) => {
    const { item } = facts;
    return item?.['stopped'] === undefined ? [] : [{ item, facts }];
  });
}

/** Returns whether SQS accepted the word. */
export function say(
  { queues, oracle, trace }: World,
  item: Item,
  word: Word,
  counter?: CounterName,
): boolean {
  const key = item['pk']?.S ?? '';
  const [receipt = '', index = ''] = (stopOf(item) ?? '').split(':');
  const id = `operator/${item['lineage']?.S}/${item['version']?.N}/${receipt}/${index}`;
  const { body, group, deduplicationId } = controlMessage(key, word, { receipt, index: Number(index) }, id);
  trace.add(`operator says ${word} to ${JSON.stringify(key)} at ${receipt}:${index}`);
  oracle.count(counter ?? (word === 'resume' ? 'operatorSaysResume' : 'operatorSaysSkip'));
  return !queues.readings.send({ body, group, deduplicationId }).duplicate;
}

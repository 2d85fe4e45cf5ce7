/** Operators who know what a key stopped over: the sample's readings say it by their kinds. */
import { groupOf } from '../../functions/message-ids.ts';
import { slotAt } from '../oracle/check-parked.ts';
import { isCulprit, isStoppedAt } from '../oracle/check-wakes.ts';
import { stopOf } from '../oracle/facts.ts';
import { isPoison } from '../oracle/reference.ts';
import { say, stoppedKeys } from './operator.ts';
import type { World } from './world.ts';

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

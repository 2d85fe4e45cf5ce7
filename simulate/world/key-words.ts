/**
 * What operators say about the state of keys while everything may fail: forget it, set it anew, bring it to the newest
 * version. In the words of operate/words.ts and operate/migrate.ts; some are said again under their id, much later.
 */
import { forgetMessage, migrateMessage, resetMessage } from '../../functions/readings.ts';
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

const WORDS_MAX = 6;
const AGAIN_MS_MIN = 100;
const AGAIN_MS_MAX = 3 * 3_600_000;

/** In a third of the seeds. Returns whether there are any. In request order a key is not forgotten: its turns are judged otherwise. */
export function scheduleWords(world: World, chance: Chance, healAt: number): boolean {
  const { clock, workload, faults, secondBuild } = world;
  if (faults.calm || !chance.happens(0.25)) return false;
  const kinds = [
    ...(workload.mode.order === 'arrival' ? ['forget' as const, 'forget' as const] : []),
    // A reset to a state of the version that it was when it was said may come to a newer build, which refuses it.
    ...(secondBuild === 'another state' ? ['migrate' as const] : ['reset' as const]),
  ];
  for (let count = chance.whole(1, WORDS_MAX); count > 0; count -= 1) {
    const kind = chance.pick(kinds);
    const key = chance.pick(workload.keys);
    const at = chance.between(0, Math.max(1, healAt - clock.now()));
    const id = `word-${count}`;
    void clock.sleep(at).then(() => say(world, kind, key, id));
    if (!chance.happens(0.5)) continue;
    void clock.sleep(at + chance.spread(AGAIN_MS_MIN, AGAIN_MS_MAX)).then(() => say(world, kind, key, id));
  }
  return true;
}

/** All keys that are behind: quiet ones, too. */
export function touchAll(world: World): void {
  for (const key of world.workload.keys) send(world, migrateMessage(key, 'touch'), 'operatorSaysMigrate');
}

/** The number in the state tells one reset from another; its readings are said to be none. */
function say(world: World, kind: 'forget' | 'reset' | 'migrate', key: string, id: string): void {
  world.trace.add(`operator says ${kind} to ${JSON.stringify(key.slice(0, 30))}, ${id}`);
  if (kind === 'forget') send(world, forgetMessage(key, 'asked for', id), 'operatorSaysForget');
  else if (kind === 'migrate') send(world, migrateMessage(key, id), 'operatorSaysMigrate');
  else {
    const to = { state: `{"h":${id.length + Number(id.split('-')[1])},"log":[]}`, stateVersion: 1 };
    send(world, resetMessage(key, to, 'miscounted', id), 'operatorSaysReset');
  }
}

function send(
  { queues, oracle }: World,
  { body, group, deduplicationId }: ReturnType<typeof forgetMessage>,
  counter: 'operatorSaysForget' | 'operatorSaysReset' | 'operatorSaysMigrate',
): void {
  oracle.count(counter);
  queues.readings.send({ body, group, deduplicationId });
}

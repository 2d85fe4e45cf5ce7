/**
 * Operators' words about the state of keys while anything may fail: forget, reset, migrate. They use the code
 * of operate/words.ts and operate/migrate.ts; some are repeated under the same id much later.
 */
import { forgetMessage, migrateMessage, resetMessage } from '../../functions/commands.ts';
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

const WORDS_MAX = 6;
const AGAIN_MS_MIN = 100;
const AGAIN_MS_MAX = 3 * 3_600_000;

/** In a quarter of the seeds. */
export function scheduleWords(world: World, chance: Chance, healAt: number): void {
  const { clock, workload, faults, secondBuild } = world;
  if (faults.calm || !chance.happens(0.25)) return;
  const kinds = [
    // A forgotten key does not stop, and its operator would have nothing to skip.
    ...(workload.attended ? [] : (['forget', 'forget'] as const)),
    // A reset has the state version of its time, so a newer build may refuse it; such seeds migrate instead.
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
}

/** Sends migrate to all keys, because some get no further readings. */
export function touchAll(world: World): void {
  for (const key of world.workload.keys) send(world, migrateMessage(key, 'touch'), 'operatorSaysMigrate');
}

/** Each reset has its own number in the state; the state lists no readings. */
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

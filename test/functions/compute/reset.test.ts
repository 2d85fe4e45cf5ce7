import { describe, expect, test } from 'vitest';
import { controlMessage, forgetMessage, migrateMessage, resetMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { HISTORY_MAX, STATE_BYTES_MAX } from '../../../functions/limits.ts';
import { receiptOf } from '../../../functions/message-ids.ts';
import { buildMessage, deliver, stateOf } from '../../builders.ts';
import { buildList } from './build-list.ts';

const TIME_MS = 30_000;
const DAY_MS = 86_400_000;

const message = (reading: unknown, sequence: number) =>
  buildMessage({ request: `r-${reading}`, readings: [reading], sequence });
const reset = (state: unknown, sequence: number, id = `reset-${sequence}`, stateVersion = 1) =>
  deliver(resetMessage('k', { state: JSON.stringify(state), stateVersion }, 'counted wrong', id), {
    sequence,
  });

describe('a key that is reset', () => {
  test('gets the new state in order with its readings, with the reason in its history', async () => {
    const stage = buildList();
    const batch = [message('a', 1), reset(['fixed'], 2), message('b', 3)];
    expect(await computeBatch(batch, TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['fixed', 'b']);
    expect(stage.store.item('k')?.history).toEqual([
      { word: 'reset', version: 2, at: 1_000_000, id: 'reset-2', reason: 'counted wrong' },
    ]);
  });

  test('is reset once, however often the command arrives', async () => {
    const stage = buildList();
    await computeBatch([reset(['x'], 1, 'one'), message('a', 2)], TIME_MS, stage);
    const again = { ...reset(['x'], 9, 'one'), sentAt: 1_000_000 + 60 * DAY_MS };
    expect(await computeBatch([again, reset(['x'], 1, 'one')], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['x', 'a']);
  });

  test('keeps only its newest commands, and a forget starts the history again', async () => {
    const stage = buildList();
    for (let n = 1; n <= HISTORY_MAX + 3; n += 1) await computeBatch([reset([n], n)], TIME_MS, stage);
    expect(stage.store.item('k')?.history.map(({ id }) => id)).toEqual(
      Array.from({ length: HISTORY_MAX }, (_, n) => `reset-${n + 4}`),
    );
    await computeBatch([deliver(forgetMessage('k', 'why', 'f'), { sequence: 99 })], TIME_MS, stage);
    expect(stage.store.item('k')?.history).toMatchObject([{ word: 'forget' }]);
  });

  test('while it is stopped can be resumed: its parked messages are applied to the new state', async () => {
    const stage = buildList({ poison: 'stop' });
    const bad = message('bad', 1);
    await computeBatch([bad, message('b', 2), reset(['fixed'], 3)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['fixed']);
    const receipt = receiptOf(decodeMessage(bad.body));
    const word = deliver(controlMessage('k', 'resume', { receipt, index: 0 }, 'w'), { sequence: 4 });
    expect(await computeBatch([word], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['fixed', 'bad', 'b']);
  });

  test('after it was forgotten counts again, even if the pipeline skips readings after a forget', async () => {
    const stage = buildList({ afterForget: 'skip' });
    const gone = deliver(forgetMessage('k', '', 'f'), { sequence: 2 });
    await computeBatch(
      [message('a', 1), gone, message('b', 3), reset(['new'], 4), message('c', 5)],
      TIME_MS,
      stage,
    );
    expect(stateOf(stage.store)).toEqual(['new', 'c']);
  });

  test.each([
    [
      'of an older version',
      reset([], 2, 'r', 1),
      /a reset to a state of version 1, and the states of this build have/,
    ],
    [
      'too large',
      reset('x'.repeat(STATE_BYTES_MAX), 2, 'r', 2),
      /a reset to a value that cannot be a state: .* would have/,
    ],
  ])(
    'to a state that is %s keeps its own state, and the command is set aside with the reason',
    async (_, word, reason) => {
      const stage = buildList({ state: { version: 2, migrate: { 1: (old) => old } } });
      await computeBatch([message('a', 1), word, message('b', 3)], TIME_MS, stage);
      expect(stateOf(stage.store)).toEqual(['a', 'b']);
      expect(stage.store.dead()).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    },
  );

  test('to a state that is newer than the build waits for a build that knows it', async () => {
    const stage = buildList();
    const word = reset([], 2, 'r', 2);
    expect(await computeBatch([message('a', 1), word], TIME_MS, stage)).toEqual([word.messageId]);
    expect(stateOf(stage.store)).toEqual(['a']);
  });
});

describe('a quiet key that weir migrate touches', () => {
  const touch = (sequence: number) => deliver(migrateMessage('k', 't'), { sequence });
  const second = (migrate: (old: unknown) => unknown) => ({ state: { version: 2, migrate: { 1: migrate } } });

  test('is migrated once; a second touch writes nothing', async () => {
    const stage = buildList();
    await computeBatch([message('a', 1)], TIME_MS, stage);
    const newer = buildList(
      second((old) => ['migrated', ...(old as unknown[])]),
      { store: stage.store },
    );
    expect(await computeBatch([touch(2)], TIME_MS, newer)).toEqual([]);
    expect(await computeBatch([touch(3)], TIME_MS, newer)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: '["migrated","a"]', stateVersion: 2, version: 2 });
  });

  test('stays as it is if migrate throws, and the command is set aside with the reason', async () => {
    const stage = buildList();
    await computeBatch([message('a', 1)], TIME_MS, stage);
    const newer = buildList(
      second(() => raise()),
      { store: stage.store },
    );
    expect(await computeBatch([touch(2)], TIME_MS, newer)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: '["a"]', stateVersion: 1 });
    expect(stage.store.dead()).toMatchObject([{ reason: 'migrate[1] threw: no such shape' }]);
  });

  test('is left alone if it is unknown, forgotten, or handled by an older build', async () => {
    const stage = buildList();
    expect(await computeBatch([touch(1)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toBeUndefined();
    await computeBatch([message('a', 2), touch(3)], TIME_MS, stage);
    expect(stage.store.item('k')?.version).toBe(1);
    await computeBatch([deliver(forgetMessage('k', '', 'f'), { sequence: 4 })], TIME_MS, stage);
    await computeBatch(
      [touch(5)],
      TIME_MS,
      buildList(
        second((old) => old),
        { store: stage.store },
      ),
    );
    expect(stage.store.item('k')).toMatchObject({ version: 2, state: undefined });
  });
});

function raise(): never {
  throw new Error('no such shape');
}

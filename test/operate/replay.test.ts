import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { definePipeline, type Pipeline } from '../../functions/pipeline.ts';
import { recordedReadings, recordedRequests } from '../../operate/recording.ts';
import { replay, type StateOf } from '../../operate/replay.ts';
import ledger from '../fixtures/ledger.ts';
import strictLedger from '../fixtures/strict-ledger.ts';
import { temporaryFolder } from './queues.ts';

function fileOf(lines: readonly unknown[]): string {
  const file = join(temporaryFolder(), 'recorded.ndjson');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

const signal = new AbortController().signal;
const nothing: StateOf = async () => undefined;
const states =
  (known: Record<string, unknown>): StateOf =>
  async (key) =>
    Object.hasOwn(known, key) ? { state: JSON.stringify(known[key]), stateVersion: 1 } : undefined;

const entry = (account: string, amount: number, brokenWhile?: string) => ({ account, amount, brokenWhile });
const replayReadings = (pipeline: Pipeline, readings: readonly unknown[], stateOf: StateOf) =>
  replay(
    pipeline,
    recordedReadings(fileOf(readings.map((reading) => ({ reading }))), { pipeline, signal }),
    stateOf,
  );

describe('a replay', () => {
  test('gives the same states for the same readings, key by key', async () => {
    const readings = [entry('a', 1), entry('b', 10), entry('a', 2)];
    const keys = await replayReadings(
      ledger,
      readings,
      states({ a: { balance: 3, amounts: [1, 2] }, b: { amounts: [10], balance: 10 } }),
    );
    expect(keys.map(({ key, verdict, differences }) => [key, verdict, differences])).toEqual([
      ['a', 'same', []],
      ['b', 'same', []],
    ]);
    expect(keys[0]?.counts).toEqual({ applied: 2, skipped: 0, dead: 0 });
  });

  test('shows which keys a changed compute ends differently, and which are new', async () => {
    const keys = await replayReadings(
      ledger,
      [entry('a', 1), entry('b', 10)],
      states({ a: { balance: 1, amounts: [1, 1], 'a/b': 0 } }),
    );
    expect(keys).toMatchObject([
      {
        key: 'a',
        verdict: 'different',
        differences: [
          { path: '/amounts/1', old: 1, new: undefined },
          { path: '/a~1b', old: 0, new: undefined },
        ],
      },
      { key: 'b', verdict: 'new', newState: { balance: 10, amounts: [10] } },
    ]);
  });

  test('sets aside what compute throws on, or stops the key there, as the pipeline says', async () => {
    const readings = [entry('a', 1), entry('a', 2, '/'), entry('a', 3)];
    expect(await replayReadings(ledger, readings, nothing)).toMatchObject([
      {
        newState: { amounts: [1, 3] },
        counts: { applied: 2, dead: 1 },
        problem: 'amount 2 cannot be booked',
      },
    ]);
    expect(await replayReadings(strictLedger, readings, nothing)).toMatchObject([
      { verdict: 'stopped', newState: { amounts: [1] }, problem: 'amount 2 cannot be booked' },
    ]);
  });

  test('handles hundreds of readings of one key, more than one commit holds', async () => {
    const readings = Array.from({ length: 300 }, () => entry('a', 1, '/'));
    expect(await replayReadings(ledger, readings, nothing)).toMatchObject([
      { counts: { applied: 0, dead: 300 } },
    ]);
  });

  test('names the line that is not a reading', async () => {
    const recording = recordedReadings(fileOf([{ reading: entry('a', 1) }, { reeding: 1 }]), {
      pipeline: ledger,
      signal,
    });
    await expect(replay(ledger, recording, nothing)).rejects.toThrow(/line 2: a recorded reading is/);
  });
});

describe('an old state of an older version', () => {
  const readings = [entry('a', 1), entry('a', 2)];
  const old =
    (state: unknown, stateVersion: number): StateOf =>
    async () => ({
      state: JSON.stringify(state),
      stateVersion,
    });
  const migrate = { 1: (sum: unknown) => ({ balance: sum, amounts: [1, 2] }) };
  const second = { ...ledger, state: { version: 2, migrate } };

  test('is migrated before a replay compares it', async () => {
    const [key] = await replayReadings(second, readings, old(3, 1));
    expect(key).toMatchObject({ verdict: 'same', oldState: { balance: 3, amounts: [1, 2] } });
    expect(await replayReadings(second, readings, old(4, 1))).toMatchObject([{ verdict: 'different' }]);
  });

  test('is not compared where it is newer than the pipeline', async () => {
    await expect(replayReadings(second, readings, old(3, 3))).rejects.toThrow(
      'has version 3, this build knows 2',
    );
  });
});

describe('requests that are read again', () => {
  test('give their readings in the order of the file, however long each read takes', async () => {
    const slow: typeof ledger = {
      ...ledger,
      read: async (request, context) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        return ledger.read(request, context);
      },
    };
    const requests = Array.from({ length: 50 }, (_, n) => ({ entries: [entry('a', n)] }));
    const [key] = await replay(slow, recordedRequests(fileOf(requests), { pipeline: slow, signal }), nothing);
    expect(key?.newState).toMatchObject({ amounts: Array.from({ length: 50 }, (_, n) => n) });
  });

  test('are taken in their sequence, wherever the recording begins', async () => {
    const pipeline = definePipeline({
      name: 'numbered',
      request: v.object({ place: v.number() }),
      read: async ({ place }: { place: number }) => [place],
      initial: (): number[] => [],
      compute: (seen: number[], place: number) => [...seen, place],
      order: 'request',
      sequence: ({ place }) => place,
    });
    const requests = [503, 501, 504, 502].map((place) => ({ place }));
    const [key] = await replay(pipeline, recordedRequests(fileOf(requests), { pipeline, signal }), nothing);
    expect(key?.newState).toEqual([501, 502, 503, 504]);
  });

  test('whose read fails end the replay with the line and the reason: half a recording proves nothing', async () => {
    const requests = [{ entries: [] }, { entries: 'none' }];
    const recording = recordedRequests(fileOf(requests), { pipeline: ledger, signal });
    await expect(replay(ledger, recording, nothing)).rejects.toThrow(
      /line 2: its read failed: request does not fit/,
    );
  });
});

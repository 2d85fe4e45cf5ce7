import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { forgetMessage } from '../../../functions/commands.ts';
import { NOTES_BYTES_MAX } from '../../../functions/compute/commit-notes.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { definePipeline } from '../../../functions/pipeline.ts';
import { buildCompute, buildMessage, buildPipeline, deliver } from '../../builders.ts';

const TIME_MS = 30_000;
const message = (request: string, sequence: number, readings: readonly unknown[] = [1], sentAt = 1_000_000) =>
  buildMessage({ request, sequence, readings, sentAt });

describe('a key whose pipeline keeps a history', () => {
  test('names the requests of its newest commits with readings, time and outcome, without more calls of the table', async () => {
    const stage = buildCompute({ pipeline: buildPipeline({ history: 2 }) });
    await computeBatch([message('a', 1)], TIME_MS, stage);
    await computeBatch([message('b', 2, [1, 2], 2_000_000), message('c', 3, [3], 1_500_000)], TIME_MS, stage);
    await computeBatch([message('d', 4)], TIME_MS, stage);
    expect(stage.store.item('k')?.commits).toEqual([
      {
        version: 2,
        at: 2_000_000,
        requests: [
          { request: 'b', readings: 2 },
          { request: 'c', readings: 1 },
        ],
        ...{ others: 0, applied: 3, skipped: 0, dead: 0, woken: 0, outputs: 0 },
      },
      expect.objectContaining({ version: 3, requests: [{ request: 'd', readings: 1 }] }),
    ]);
    expect(stage.store.calls).toEqual(['load k', 'commit k 1', 'commit k 2', 'commit k 3']);
  });

  test('keeps it small, however long the ids of requests are and however many arrive at once', async () => {
    const stage = buildCompute({ pipeline: buildPipeline({ history: 100 }) });
    for (let commit = 0; commit < 20; commit += 1) {
      const batch = Array.from({ length: 12 }, (_, at) =>
        message(`${commit}-${at}-${'x'.repeat(400)}`, commit * 12 + at),
      );
      await computeBatch(batch, TIME_MS, stage);
    }
    const commits = stage.store.item('k')?.commits ?? [];
    expect(commits.at(-1)).toMatchObject({ version: 20, others: 2, applied: 12 });
    expect(commits.length).toBeLessThan(20);
    expect(JSON.stringify(commits).length).toBeLessThanOrEqual(NOTES_BYTES_MAX);
  });

  test('loses it when it is forgotten, and when the pipeline keeps none any more', async () => {
    const keeping = buildCompute({ pipeline: buildPipeline({ history: 5 }) });
    await computeBatch([message('a', 1)], TIME_MS, keeping);
    await computeBatch([deliver(forgetMessage('k', 'a test', 'w'), { sequence: 2 })], TIME_MS, keeping);
    expect(keeping.store.encoded('k')).not.toHaveProperty('commits');
    await computeBatch([message('b', 3)], TIME_MS, keeping);
    expect(keeping.store.item('k')?.commits).toMatchObject([{ version: 3 }]);
    await computeBatch([message('c', 4)], TIME_MS, buildCompute({ store: keeping.store }));
    expect(keeping.store.encoded('k')).not.toHaveProperty('commits');
  });

  test('reads it back from the table unchanged', async () => {
    const stage = buildCompute({
      pipeline: buildPipeline({
        history: 5,
        compute: () => {
          throw new Error('no');
        },
      }),
    });
    await computeBatch([message('a', 1, [1, 2])], TIME_MS, stage);
    const item = stage.store.item('k');
    expect(item?.commits).toMatchObject([{ dead: 2, applied: 0 }]);
    expect(item && decodeItem(encodeItem(item))).toEqual(item);
  });
});

test('an invalid history option is refused by name', () => {
  const { request, read, initial, compute } = buildPipeline();
  const define = (history: number) => () =>
    definePipeline({ name: 'x', request, read, initial, compute: compute as never, history });
  expect(define(101)).toThrow('history is 101: use a whole number from 0 to 100');
});

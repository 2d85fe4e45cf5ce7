import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { checkCompute, expectSound, simulate, type TestOptions } from 'weir-pipelines/testing';
import type { Pipeline } from '../../functions/pipeline.ts';
import { bookingsInTurn, someRequests, totals } from './pipelines.ts';

const requests = someRequests(3);
const folder = mkdtempSync(join(tmpdir(), 'weir-testing-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, `${Math.random()}.ndjson`);
  writeFileSync(file, text);
  return file;
}

describe('a mistake in a test is refused with a reason:', () => {
  test.each<[string, object, string]>([
    ['no requests', { requests: [] }, 'requests is empty: give at least one request'],
    ['requests left out', {}, 'requests is undefined: give a list of request bodies'],
    ['requests of another kind', { requests: 7 }, 'requests is a number'],
    ['no seeds', { requests, seeds: 0 }, 'seeds is 0: give a whole number from 1 to 100,000'],
    ['seeds as text', { requests, seeds: '50' }, 'seeds is "50": give a whole number'],
    ['half a seed', { requests, seeds: 1.5 }, 'seeds is 1.5'],
    ['no number', { requests, from: Number.NaN }, 'from is null: give a whole number'],
    [
      'too many to make',
      { requests: () => 1, count: 5_000 },
      'count is 5000: give a whole number from 1 to 1,000',
    ],
    ['a read that is not a function', { requests, read: [] }, 'read is a list: give a function'],
    ['a request that is not JSON', { requests: [{ at: new Date() }] }, 'request 1 at .at is a Date'],
    [
      'a request that the schema refuses',
      { requests: [requests[0], { bookings: 1 }] },
      'request 2: request does not fit the schema of bookings: .bookings is a number (rule: array)',
    ],
    ['a file that is not there', { requests: '/nowhere/a.ndjson' }, 'there is no file /nowhere/a.ndjson'],
    ['requests without readings', { requests: [{ bookings: [] }] }, 'none of the requests gave a reading'],
  ])('%s', async (_name, options, message) => {
    for (const run of [expectSound, simulate, checkCompute]) {
      await expect(run(totals, options as TestOptions)).rejects.toThrow(`weir-pipelines/testing: ${message}`);
    }
  });

  test('a value that is not a pipeline', async () => {
    for (const pipeline of [undefined, {}, 'clicks', { default: totals }]) {
      await expect(expectSound(pipeline as Pipeline, { requests })).rejects.toThrow(
        /the pipeline is .*: give the result of definePipeline/,
      );
    }
  });

  test('files without requests, or with a line that is not a request', async () => {
    const run = (text: string) => expectSound(totals, { requests: fileOf(text) });
    await expect(run('\n')).rejects.toThrow('contains no requests');
    await expect(run('{"bookings":[]}\n{"a":')).rejects.toThrow('line 2: the line is not JSON');
  });

  test('a read that fails, with the way out', async () => {
    const read = () => {
      throw new Error('getaddrinfo ENOTFOUND');
    };
    await expect(expectSound(totals, { requests, read })).rejects.toThrow(
      'weir-pipelines/testing: the read of request 1 failed: getaddrinfo ENOTFOUND. Give the kit a read that works here',
    );
  });

  test('readings that the queue would refuse', async () => {
    const run = (reading: unknown) => expectSound(totals, { requests, read: () => [reading] });
    await expect(run({ account: '', amount: 1 })).rejects.toThrow('the key of reading 1 is empty');
    await expect(run({ account: 'a', amount: 1n })).rejects.toThrow('at .amount is a bigint');
  });

  test('two requests at one place of the order', async () => {
    const pipeline = bookingsInTurn({ initial: () => 0, compute: (state: number) => state });
    const twice = [1, 2, 2].map((turn) => ({ turn, bookings: [{ account: 'a', amount: 1 }] }));
    await expect(expectSound(pipeline, { requests: twice })).rejects.toThrow(
      'requests 2 and 3 both have sequence 2 of key "a"; give each its own sequence',
    );
  });

  test('a clock that stands still', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] });
    try {
      await expect(expectSound(totals, { requests })).rejects.toThrow('fake timers are on');
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a file of requests is read as weir submit reads it', async () => {
  const lines = requests.map((body, index) =>
    JSON.stringify(index === 0 ? body : { id: `id-${index}`, body }),
  );
  const ids: string[] = [];
  const report = await simulate(totals, {
    requests: fileOf(lines.join('\n')),
    read: (request: { bookings: object[] }, { id }) => {
      ids.push(id);
      return request.bookings;
    },
    seeds: 2,
  });
  expect(report).toMatchObject({ problems: [], requests: 6, applied: 12 });
  expect(ids.slice(1)).toEqual(['id-1', 'id-2']);
});

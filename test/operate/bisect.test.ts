import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { definePipeline } from '../../functions/pipeline.ts';
import { bisect } from '../../operate/bisect.ts';
import { recordedReadings, recordedRequests } from '../../operate/recording.ts';
import { parseWhere } from '../../operate/where.ts';
import { temporaryFolder } from './queues.ts';

const Entry = v.object({ account: v.string(), amount: v.number() });
const accounts = definePipeline({
  name: 'accounts',
  request: v.object({ entries: v.array(Entry) }),
  read: ({ entries }) => entries,
  key: ({ account }) => account,
  initial: () => ({ total: 0 }),
  compute: ({ total }, { amount }) => ({ total: total + amount }),
});
const entry = (account: string, amount: number) => ({ account, amount });
const options = { pipeline: accounts, signal: new AbortController().signal };

function fileOf(lines: readonly unknown[]): string {
  const file = join(temporaryFolder(), 'recorded.ndjson');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

test('the first recorded reading after which a condition holds is found, with the states on both sides of it', async () => {
  const amounts = [5, -3, 2, -10, 1, -50];
  const file = fileOf(
    amounts.flatMap((amount) => [{ reading: entry('a', amount) }, { reading: entry('b', -1) }]),
  );
  expect(await bisect(accounts, 'a', recordedReadings(file, options), parseWhere('total < 0'))).toEqual({
    readings: 4,
    first: {
      request: 'line 7',
      number: 4,
      reading: entry('a', -10),
      before: { total: 4 },
      after: { total: -6 },
    },
  });
});

test('a reading in a request with many readings is found like a single one', async () => {
  const file = fileOf([
    { id: 'one', body: { entries: [entry('a', 1), entry('a', 2), entry('a', -9), entry('a', 3)] } },
  ]);
  const found = await bisect(accounts, 'a', recordedRequests(file, options), parseWhere('total < 0'));
  expect(found.first).toMatchObject({
    number: 3,
    reading: entry('a', -9),
    before: { total: 3 },
    after: { total: -6 },
  });
});

test('a condition that never holds is reported as such', async () => {
  const file = fileOf([{ reading: entry('a', 1) }, { reading: entry('a', 2) }]);
  const found = await bisect(accounts, 'a', recordedReadings(file, options), parseWhere('total > 9'));
  expect(found).toEqual({ readings: 2, first: undefined });
});

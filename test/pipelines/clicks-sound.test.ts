/**
 * A pipeline's own test, to copy: its requests, its source in memory, and the expected result under any
 * faults.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectSound } from 'weir-pipelines/testing';
import { parseLine } from '../../pipelines/clicks/access-log.ts';
import clicks from '../../pipelines/clicks.ts';
import { makeSampleLog, SAMPLE_LOG } from '../../pipelines/sample-log.ts';

const log = readFileSync(SAMPLE_LOG, 'utf8').trimEnd().split('\n');
const LINES_PER_REQUEST = 55;

/** Parts of one log, as a submitter would name them. */
const requests = Array.from({ length: log.length / LINES_PER_REQUEST }, (_, part) => ({
  url: 'https://logs.example/access.log',
  lines: [part * LINES_PER_REQUEST + 1, (part + 1) * LINES_PER_REQUEST],
}));

/** In place of the network. */
const read = ({ lines: [first, last] }: { lines: [number, number] }) =>
  log.slice(first - 1, last).map((line, index) => parseLine(line, first + index));

test('every click is counted once, in whatever order the parts arrive and whatever fails', {
  timeout: 1_200_000,
}, async () => {
  const { states, notices } = await expectSound(clicks, { requests, read, seeds: 5, orderSensitive: false });
  expect(notices).toEqual([]);
  for (const [key, { clicks: count, bytes }] of Object.entries(makeSampleLog().keys)) {
    expect(states.get(key)).toMatchObject({ clicks: count, bytes });
  }
});

/** The option `numbers` of a pipeline, at every input of the commands and of the test kit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { simulate } from 'weir-pipelines/testing';
import { openInput } from '../../cli/run/run-input.ts';
import { numbersOption } from '../../cli/terminal/options.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import { loadStates } from '../../model/saved-states.ts';
import { recordedReadings, recordedRequests } from '../../operate/recording.ts';
import { replay } from '../../operate/replay.ts';
import { savedStates } from '../../operate/saved-states.ts';
import exact from '../fixtures/ledger.ts';
import rounded from '../fixtures/rounded.ts';
import { temporaryFolder } from './queues.ts';

const LONG = '12345678901234567890123456.28';
const LAST = { last: 1.2345678901234568e25 };
const REFUSED = /line 1: the line at .*amount: a number of 29 characters cannot be held exactly/;
const signal = new AbortController().signal;

function fileOf(text: string): string {
  const file = join(temporaryFolder(), 'lines.ndjson');
  writeFileSync(file, text);
  return file;
}

const requests = () => fileOf(`{"entries":[{"account":"a","amount":${LONG}}]}\n`);
const readings = () => fileOf(`{"reading":{"account":"a","amount":${LONG}}}\n`);
const fixture = (name: string) => join(import.meta.dirname, `../fixtures/${name}.ts`);
const statesOf = async (pipeline: Pipeline, recording: Parameters<typeof replay>[1]) =>
  (await replay(pipeline, recording, async () => undefined)).map(({ newState }) => newState);

describe('a number that a double does not hold', () => {
  test('is rounded by a replay of a pipeline that says so, and refused by one that does not', async () => {
    const options = { pipeline: rounded, signal };
    expect(await statesOf(rounded, recordedReadings(readings(), options))).toEqual([LAST]);
    expect(await statesOf(rounded, recordedRequests(requests(), options))).toEqual([LAST]);
    const strict = { pipeline: exact, signal };
    await expect(statesOf(exact, recordedReadings(readings(), strict))).rejects.toThrow(REFUSED);
    await expect(statesOf(exact, recordedRequests(requests(), strict))).rejects.toThrow(REFUSED);
  });

  test('is rounded by a local run of a pipeline that says so, and refused by one that does not', async () => {
    const open = (name: string) =>
      openInput({
        pipeline: fixture(name),
        requestsFile: requests(),
        stay: false,
        parts: 1,
        seed: 1,
      });
    await using input = await open('rounded');
    const bodies: string[] = [];
    for await (const { body } of input.live.requests) bodies.push(body);
    expect(bodies).toEqual(['{"entries":[{"account":"a","amount":1.2345678901234568e+25}]}']);
    await expect(open('ledger')).rejects.toThrow(REFUSED);
    expect(() => numbersOption('lossy')).toThrow('--numbers "lossy": give exact or rounded');
  });

  test('is rounded by the test kit for a pipeline that says so, and refused for one that does not', async () => {
    const { problems } = await simulate(rounded, { requests: requests(), seeds: 1 });
    expect(problems).toEqual([]);
    await expect(simulate(exact, { requests: requests(), seeds: 1 })).rejects.toThrow(REFUSED);
  });
});

describe('saved states', () => {
  test('are read back exactly, -0 too, without keys that never started', async () => {
    const replayed = { verdict: 'new', oldState: undefined, problem: undefined, differences: [] } as const;
    const counts = { applied: 1, skipped: 0, dead: 0 };
    const text = savedStates(
      [
        { ...replayed, key: 'a', counts, newState: { zero: -0 } },
        { ...replayed, key: 'b', counts, newState: undefined },
      ],
      2,
    );
    const states = await loadStates(fileOf(text), 'exact');
    expect([...states]).toEqual([['a', { stateVersion: 2, state: '{"zero":-0}' }]]);
  });

  test.each([
    [
      'an inexact number',
      `{"key":"a","state":{"n":${LONG}}}`,
      /line 1: the line at \.state\.n: a number of 29 char/,
    ],
    ['a name twice', '{"key":"a","state":{"n":1,"n":2}}', /line 1: the line at \.state.*twice/],
    ['no state', '{"key":"a"}', /line 1: a saved state is \{"key"/],
    ['a key twice', '{"key":"a","state":1}\n{"key":"a","state":2}', /line 2: an earlier line has a state/],
  ])('with %s are refused with the line', async (_name, text, message) => {
    await expect(loadStates(fileOf(`${text}\n`), 'exact')).rejects.toThrow(message);
  });
});

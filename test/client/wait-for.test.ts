import { DeleteItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { controlMessage, forgetMessage } from '../../functions/commands.ts';
import type { Pipeline } from '../../functions/pipeline.ts';
import { buildPipeline } from '../builders.ts';
import { createInstantClock, createManualClock } from '../clocks.ts';
import { createStage, pipeline, type Stage, TABLE } from './table.ts';

const LARGE = 'x'.repeat(200_000);
/** A message each. */
const inParts = (...readings: string[]) => readings.map((reading) => reading + LARGE);

const inOrder: Pipeline = {
  ...pipeline,
  order: { by: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'skip' },
};

const look = async ({ client }: Stage, request: string, keys = ['k']) =>
  (await client.waitFor(request, { keys, timeoutMs: 0 })).keys;

describe('the outcome of a request at a key', () => {
  test('is applied, when its receipt is there and nothing of the key was ever skipped', async () => {
    const stage = await createStage();
    await stage.compute({ request: 'r-1', readings: ['x', 'y'] });
    expect(await stage.client.waitFor('r-1', { keys: ['k'] })).toEqual({
      settled: true,
      keys: [{ key: 'k', outcome: 'applied' }],
    });
  });

  test('is waiting while nothing is proven: no such key, no such request, another key', async () => {
    const stage = await createStage();
    await stage.compute({ request: 'r-1', key: 'k', readings: ['x'] });
    const waiting = { outcome: 'waiting', parked: 0, stopped: undefined };
    expect(await look(stage, 'r-1', ['none'])).toEqual([{ key: 'none', ...waiting }]);
    expect(await look(stage, 'r-2')).toEqual([{ key: 'k', ...waiting }]);
    expect(await look(stage, 'r-1', ['none', 'k'])).toMatchObject([waiting, { outcome: 'applied' }]);
  });

  test('is waiting until the last of its messages is in', async () => {
    const stage = await createStage();
    const readings = inParts('a', 'b', 'c');
    for (const chunk of [0, 1, 2]) {
      expect(await look(stage, 'r')).toMatchObject([{ outcome: 'waiting' }]);
      await stage.compute({ request: 'r', readings, chunk });
    }
    expect(await look(stage, 'r')).toMatchObject([{ outcome: 'applied' }]);
  });

  test('is waiting while a message before its last one is missing', async () => {
    const stage = await createStage();
    const readings = inParts('a', 'b', 'c');
    for (const chunk of [0, 2]) await stage.compute({ request: 'r', readings, chunk });
    expect(await look(stage, 'r')).toMatchObject([{ outcome: 'waiting' }]);
  });

  test('is found in the pages of receipts, too', async () => {
    const stage = await createStage();
    for (let n = 0; n < 120; n += 1) await stage.compute({ request: `r-${n}`, readings: ['x'] });
    expect((await stage.store.load('k'))?.pages).toBeGreaterThan(1);
    for (const n of [0, 60, 119]) expect(await look(stage, `r-${n}`)).toMatchObject([{ outcome: 'applied' }]);
    expect(await look(stage, 'r-120')).toMatchObject([{ outcome: 'waiting' }]);
  });

  test('is not told from pages that are newer than the item that was read', async () => {
    const stage = await createStage();
    const fill = async (from: number, to: number) => {
      for (let n = from; n < to; n += 1) await stage.compute({ request: `r-${n}`, readings: ['x'] });
    };
    await fill(0, 60);
    let late: Promise<void> | undefined;
    stage.dynamo.middlewareStack.add(
      (next, context) => async (args) => {
        // Between the item and its pages: half of the request comes in, and its receipt leaves the item.
        if (context['commandName'] === QueryCommand.name) {
          late ??= stage
            .compute({ request: 'r', readings: inParts('a', 'b'), chunk: 0 })
            .then(() => fill(60, 120));
          await late;
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    expect(await look(stage, 'r')).toMatchObject([{ outcome: 'waiting' }]);
    expect(late).toBeDefined();
  });

  test('is set aside with the reason and the place of each reading, whatever became of the others', async () => {
    const stage = await createStage();
    await stage.compute({ request: 'other', readings: ['bad'] });
    await stage.compute({ request: 'r', readings: ['x', 'bad', 'skip', 'bad'] });
    const aside = (index: number) => ({ part: 0, index, reason: 'no such meter' });
    expect(await look(stage, 'r')).toEqual([
      { key: 'k', outcome: 'set-aside', readings: [aside(1), aside(3)] },
    ]);
  });

  test('is no longer set aside once its dead letter was redriven and applied', async () => {
    let fixed = false;
    const stage = await createStage(createInstantClock(), {
      pipeline: buildPipeline({
        compute: (state, reading) => {
          if (reading === 'bad' && !fixed) throw new Error('no such meter');
          return state;
        },
      }),
    });
    await stage.compute({ request: 'r', readings: ['x', 'bad'] });
    await stage.compute({ request: 'r', readings: ['x', 'bad'], alone: 1 });
    expect(await look(stage, 'r')).toMatchObject([
      { outcome: 'set-aside', readings: [{ index: 1, reason: 'no such meter' }] },
    ]);
    fixed = true;
    await stage.compute({ request: 'r', readings: ['x', 'bad'], alone: 1 });
    expect(await look(stage, 'r')).toMatchObject([{ outcome: 'applied' }]);
  });

  test('is set aside whole, when its turn in the sequence had passed', async () => {
    const stage = await createStage(createInstantClock(), {
      pipeline: inOrder,
    });
    await stage.compute({ request: 'r-1', readings: ['x'], turn: 1 });
    await stage.compute({ request: 'late', readings: ['x'], turn: 1 });
    const whole = { part: 0, index: undefined, reason: 'its turn in the sequence has passed' };
    expect(await look(stage, 'late')).toEqual([{ key: 'k', outcome: 'set-aside', readings: [whole] }]);
    await stage.compute({ request: 'r-3', readings: ['x'], turn: 3 });
    expect(await look(stage, 'r-3')).toMatchObject([{ outcome: 'waiting', parked: 1 }]);
  });

  test('is waiting until the last of its messages is set aside, where all of them come too late', async () => {
    const stage = await createStage(createInstantClock(), { pipeline: inOrder });
    await stage.compute({ request: 'r-1', readings: ['x'], turn: 1 });
    const late = { request: 'late', readings: inParts('a', 'b'), turn: 1 };
    await stage.compute({ ...late, chunk: 0 });
    expect(await look(stage, 'late')).toMatchObject([{ outcome: 'waiting' }]);
    await stage.compute({ ...late, chunk: 1 });
    expect(await look(stage, 'late')).toMatchObject([
      { outcome: 'set-aside', readings: [{ part: 0 }, { part: 1 }] },
    ]);
  });

  test('is found among any number of dead letters, and letters that Weir did not write are ignored', async () => {
    const stage = await createStage();
    const readings = inParts(...Array.from({ length: 8 }, () => 'bad'));
    for (const chunk of readings.keys()) await stage.compute({ request: 'r', readings, chunk });
    const junk = { id: 'junk', body: 'junk', group: 'k', reason: 'not JSON', stage: 'decode' } as const;
    await stage.store.bury({ key: 'k', ...junk, attempts: 1, sentAt: 1 });
    const parts = readings.map((_, part) => ({ part, index: 0, reason: 'no such meter' }));
    const [found] = await look(stage, 'r');
    expect(found).toMatchObject({ outcome: 'set-aside', readings: expect.arrayContaining(parts) });
  });

  test('is searched in the receipts from five minutes before its submission, if that time is given', async () => {
    const stage = await createStage();
    for (let n = 0; n < 60; n += 1) await stage.compute({ request: `r-${n}`, readings: ['x'] });
    const since = async (minutes: number) => {
      const options = { keys: ['k'], timeoutMs: 0, since: 1_000_000 + minutes * 60_000 };
      return (await stage.client.waitFor('r-0', options)).keys[0]?.outcome;
    };
    expect(await since(4)).toBe('applied');
    expect(await since(6)).toBe('waiting');
  });

  test('is waiting at a stopped key, with the reason why it stands still', async () => {
    const stage = await createStage(createInstantClock(), { pipeline: { ...pipeline, poison: 'stop' } });
    await stage.compute({ request: 'r-1', readings: ['bad'] });
    await stage.compute({ request: 'r-2', readings: ['x'] });
    for (const request of ['r-1', 'r-2']) {
      expect(await look(stage, request)).toMatchObject([
        { outcome: 'waiting', parked: 2, stopped: 'no such meter' },
      ]);
    }
  });
});

describe('applied and skipped', () => {
  test('are distinguished by the counts of the key before and after the request', async () => {
    const clock = createManualClock(1_000_000);
    const stage = await createStage(clock);
    await stage.compute({ request: 'before', readings: ['x', 'skip'] });
    const outcomeOf = async (request: string, readings: string[]) => {
      const waited = stage.client.waitFor(request, { keys: ['k'], timeoutMs: 5_000 });
      await clock.advance(0);
      await stage.compute({ request, readings });
      await clock.advance(1_000);
      return (await waited).keys[0];
    };
    expect(await outcomeOf('applied', ['x', 'x'])).toEqual({ key: 'k', outcome: 'applied' });
    expect(await outcomeOf('skipped', ['skip'])).toMatchObject({
      outcome: 'skipped',
      lastSkip: 'known already',
    });
    expect(await outcomeOf('both', ['x', 'skip'])).toEqual({ key: 'k', outcome: 'applied-or-skipped' });
  });

  test('are not distinguished by counts from the middle of the request', async () => {
    let fixed = false;
    const clock = createManualClock(1_000_000);
    const stage = await createStage(clock, {
      pipeline: {
        ...pipeline,
        poison: 'stop',
        compute: (state, reading, context) => {
          if (reading === 'bad' && !fixed) throw new Error('no such meter');
          if (reading === 'skip') context.skip('known already');
          return state;
        },
      },
    });
    await stage.compute({ request: 'r', readings: ['skip', 'bad', 'x'] });
    const stop = (await stage.store.load('k'))?.stopped ?? { receipt: '', index: 0 };
    expect(stop).toMatchObject({ index: 1 });
    const waited = stage.client.waitFor('r', { keys: ['k'], timeoutMs: 5_000 });
    await clock.advance(0);
    fixed = true;
    await stage.hear(controlMessage('k', 'resume', stop, 'word'));
    await clock.advance(1_000);
    expect((await waited).keys).toEqual([{ key: 'k', outcome: 'applied-or-skipped' }]);
  });

  test('are distinguished by the new counts of a key that was deleted and begun again', async () => {
    const clock = createManualClock(1_000_000);
    const stage = await createStage(clock);
    await stage.compute({ request: 'before', readings: ['x', 'skip', 'skip'] });
    const waited = stage.client.waitFor('r', { keys: ['k'], timeoutMs: 5_000 });
    await clock.advance(0);
    const Key = { pk: { S: 'k' }, sk: { S: 'state' } };
    await stage.dynamo.send(new DeleteItemCommand({ TableName: TABLE, Key }));
    await stage.compute({ request: 'r', readings: ['skip'] });
    await clock.advance(1_000);
    expect((await waited).keys).toMatchObject([{ outcome: 'skipped' }]);
  });

  test('are not reported as applied if the key was forgotten and readings were dropped with it', async () => {
    const stage = await createStage(undefined, { pipeline: { ...pipeline, poison: 'stop' } });
    await stage.compute({ request: 'first', readings: ['x'] });
    await stage.compute({ request: 'stops', readings: ['x', 'bad'] });
    await stage.compute({ request: 'parked', readings: ['x'] });
    await stage.hear(forgetMessage('k', '', 'f'));
    await stage.compute({ request: 'new', readings: ['x'] });
    const outcomes = [];
    for (const request of ['first', 'stops', 'parked', 'new', 'none'])
      outcomes.push(...(await look(stage, request)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'applied',
      'forgotten',
      'forgotten',
      'applied',
      'waiting',
    ]);
    const aside = await createStage();
    await aside.compute({ request: 'bad', readings: ['bad'] });
    await aside.hear(forgetMessage('k', '', 'f'));
    expect(await look(aside, 'bad')).toMatchObject([{ outcome: 'forgotten' }]);
  });

  test('are not distinguished if both counts have moved and nobody looked in between', async () => {
    const stage = await createStage();
    await stage.compute({ request: 'r-1', readings: ['skip'] });
    expect(await look(stage, 'r-1')).toMatchObject([{ outcome: 'skipped', lastSkip: 'known already' }]);
    await stage.compute({ request: 'r-2', readings: ['x'] });
    for (const request of ['r-1', 'r-2']) {
      expect(await look(stage, request)).toEqual([{ key: 'k', outcome: 'applied-or-skipped' }]);
    }
  });
});

describe('a wait', () => {
  test('ends with what is known when its time is up, or its signal says so', async () => {
    const clock = createInstantClock();
    const stage = await createStage(clock);
    const waited = await stage.client.waitFor('r', { keys: ['k'], timeoutMs: 7_000 });
    expect(waited).toMatchObject({ settled: false, keys: [{ outcome: 'waiting' }] });
    expect(clock.now()).toBe(7_000);
    const ended = await stage.client.waitFor('r', { keys: ['k'], signal: AbortSignal.abort() });
    expect(ended).toMatchObject({ settled: false });
    expect(clock.now()).toBe(7_000);
  });

  test('asks for the item alone, and for pages and dead letters only when there are new ones', async () => {
    const clock = createInstantClock();
    const stage = await createStage(clock);
    await stage.compute({ request: 'other', readings: ['bad'] });
    for (let n = 0; n < 60; n += 1) await stage.compute({ request: `r-${n}`, readings: ['x'] });
    let looks = 0;
    let filled = false;
    const asked: unknown[] = [];
    stage.dynamo.middlewareStack.add(
      (next, context) => async (args) => {
        if (context['commandName'] === GetItemCommand.name) looks += 1;
        if (context['commandName'] === QueryCommand.name) asked.push(args.input);
        if (looks === 20 && !filled) {
          filled = true; // Between two looks another page.
          for (let n = 60; n < 120; n += 1) await stage.compute({ request: `r-${n}`, readings: ['x'] });
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    await stage.client.waitFor('r', { keys: ['k'], timeoutMs: 90_000 });
    expect(looks).toBeGreaterThan(40);
    const first = (sk: RegExp) => ({
      ExpressionAttributeValues: expect.objectContaining({ ':first': { S: expect.stringMatching(sk) } }),
    });
    const dead = { ExpressionAttributeValues: expect.objectContaining({ ':dead': { S: 'dead/' } }) };
    expect(asked).toMatchObject([first(/0001$/), dead, first(/0002$/)]);
  });

  test('refuses an invalid id or key', async () => {
    const { client } = await createStage();
    await expect(client.waitFor('', { keys: ['k'] })).rejects.toThrow('its id is ""');
    await expect(client.waitFor('r', { keys: [''] })).rejects.toThrow('a key is empty');
  });
});

/** Compute makes the same of partials as of the readings that were folded into them. */

import { describe, expect, test } from 'vitest';
import { controlMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { bodyAgain } from '../../../functions/encode-readings.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import { countReadings } from '../../../functions/readings.ts';
import { buildCompute, buildIncoming, type ComputeStage, deliver, stateOf } from '../../builders.ts';
import fc from '../../properties.ts';
import { listing, merged, type Named, named, plain } from './merging.ts';
import { mergeMany } from './ten-million.ts';

const TIME_MS = 30_000;
const LONG_AFTER_MS = 1_000_000;
const idsOf = (request: number, count: number) =>
  Array.from({ length: count }, (_, n) => `reading ${n} of request ${request}`);
const readingsOf = (request: number, count: number) => named(idsOf(request, count));

const compute = async (stage: ComputeStage, ...messages: IncomingMessage[]) =>
  expect(await computeBatch(messages, TIME_MS, stage)).toEqual([]);

function deadOf({ store }: ComputeStage) {
  return store.dead().map(({ body, reason }) => {
    const message = decodeMessage(body);
    return { ...message, count: countReadings(message), body, reason };
  });
}

function redriven(stage: ComputeStage, sequence: number): IncomingMessage {
  const [dead] = stage.store.dead();
  if (dead === undefined) throw new Error('nothing is dead');
  const { body, group } = dead;
  return buildIncoming({
    messageId: `again-${sequence}`,
    body: bodyAgain(body),
    group,
    sequenceNumber: String(sequence),
    sentAt: LONG_AFTER_MS,
  });
}

describe('state, counts and receipts', () => {
  test('equal those of single readings, whichever messages carry partials, and whichever form a repeat has', async () => {
    const request = fc.record({
      count: fc.integer({ min: 1, max: 6 }),
      isPartial: fc.boolean(),
      repeats: fc.array(fc.boolean(), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1 }),
        async (requests, cuts) => {
          const pipeline = listing();
          let sequence = 0;
          const messageOf = (n: number, count: number, isPartial: boolean, sentAt: number) => {
            sequence += 1;
            const place = { sequence, sentAt };
            const [id, readings] = [`r${n}`, readingsOf(n, count)];
            return isPartial && count > 1
              ? merged(pipeline, id, readings, place)
              : plain(id, readings, place);
          };
          const firsts = requests.map(({ count, isPartial }, n) => messageOf(n, count, isPartial, 1_000_000));
          const repeats = requests.flatMap(({ count, repeats: forms }, n) =>
            forms.map((isPartial) => messageOf(n, count, isPartial, 1_000_000 + LONG_AFTER_MS)),
          );
          const [stage, one] = [
            buildCompute({ pipeline }),
            buildCompute({ pipeline: { ...pipeline, merge: undefined } }),
          ];
          const all = [...firsts, ...repeats];
          for (let at = 0, cut = 0; at < all.length; cut += 1) {
            const size = cuts[cut % cuts.length] ?? 1;
            await compute(stage, ...all.slice(at, at + size));
            at += size;
          }
          for (const [n, { count }] of requests.entries())
            await compute(one, plain(`r${n}`, readingsOf(n, count), { sequence: n + 1 }));
          const kept = ({ store }: ComputeStage) => {
            const { state, counts, receipts } = store.item('k') ?? {};
            return { state, counts, receipts };
          };
          expect(kept(stage)).toEqual(kept(one));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('are the same in request order, also for messages that were parked', async () => {
    const pipeline = listing(new Set(), {
      order: { by: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'skip' },
    });
    const stage = buildCompute({ pipeline });
    const turn = (n: number, sequence: number) =>
      merged(pipeline, `r${n}`, readingsOf(n, 3), { turn: n, sequence });
    await compute(stage, turn(3, 1), turn(2, 2));
    expect(stage.store.item('k')).toMatchObject({ parked: 2 });
    await compute(stage, turn(1, 3));
    expect(stateOf(stage.store)).toEqual([1, 2, 3].flatMap((n) => idsOf(n, 3)));
    expect(stage.store.item('k')).toMatchObject({ parked: 0, counts: { applied: 9 } });
  });
});

describe('a merge that throws', () => {
  const failing = (isFixed: () => boolean): Pipeline => {
    const pipeline = listing();
    return {
      ...pipeline,
      merge: (a, b) => {
        (a as string[]).push('spoilt');
        if (!isFixed()) throw new Error('these do not go together');
        (a as string[]).pop();
        return [...(a as string[]), ...(b as string[])];
      },
    };
  };

  test('sets the partial aside with all its readings, and a redrive applies it once', async () => {
    let isFixed = false;
    const pipeline = failing(() => isFixed);
    const stage = buildCompute({ pipeline });
    const own = merged(pipeline, 'r1', readingsOf(1, 3), { sequence: 1 });
    await compute(stage, own, plain('r2', readingsOf(2, 1), { sequence: 2 }));
    expect(stateOf(stage.store)).toEqual(idsOf(2, 1));
    expect(deadOf(stage)).toMatchObject([
      {
        partial: { count: 3 },
        index: 0,
        count: 3,
        readings: [idsOf(1, 3)],
        reason: 'these do not go together',
      },
    ]);
    expect(stage.store.item('k')?.counts).toEqual({ applied: 1, skipped: 0, dead: 3 });
    isFixed = true;
    const again = [redriven(stage, 3), redriven(stage, 4)];
    for (const message of again) await compute(stage, message);
    // A second read of its request is a repeat of what is set aside.
    await compute(stage, plain('r1', readingsOf(1, 3), { sequence: 5, sentAt: LONG_AFTER_MS + 1 }));
    expect(stateOf(stage.store)).toEqual([...idsOf(2, 1), ...idsOf(1, 3)]);
    expect(stage.store.item('k')?.counts).toEqual({ applied: 4, skipped: 0, dead: 3 });
  });

  test("stops the key where poison is 'stop'; a skip sets the partial aside", async () => {
    const pipeline = { ...failing(() => false), poison: 'stop' as const };
    const stage = buildCompute({ pipeline });
    await compute(
      stage,
      merged(pipeline, 'r1', readingsOf(1, 3), { sequence: 1 }),
      plain('r2', named(['last']), { sequence: 2 }),
    );
    const stop = stage.store.item('k')?.stopped;
    expect(stop).toMatchObject({ index: 0, reason: 'these do not go together' });
    if (stop === undefined) return;
    await compute(stage, deliver(controlMessage('k', 'skip', stop, 'operator'), { sequence: 3 }));
    expect(stateOf(stage.store)).toEqual(['last']);
    expect(stage.store.item('k')).toMatchObject({ parked: 0, counts: { applied: 1, dead: 3 } });
    expect(deadOf(stage)).toMatchObject([{ count: 3 }]);
  });
});

test('a partial of readings that were partly applied one by one is set aside whole', async () => {
  const pipeline = listing();
  const stage = buildCompute({ pipeline: { ...pipeline, limits: { ...pipeline.limits, commitAfterMs: 0 } } });
  const readings = readingsOf(1, 3);
  const first = { ...stage, store: { ...stage.store, commit: onlyOnce(stage) } };
  await computeBatch([plain('r1', readings, { sequence: 1 })], TIME_MS, first);
  expect(stateOf(stage.store)).toEqual(idsOf(1, 1));
  await compute(
    buildCompute({ ...stage, cache: buildCompute().cache }),
    merged(pipeline, 'r1', readings, { sequence: 2, sentAt: LONG_AFTER_MS }),
  );
  expect(stateOf(stage.store)).toEqual(idsOf(1, 1));
  expect(deadOf(stage)).toMatchObject([
    { count: 3, reason: 'the source changed between two reads of its request' },
  ]);
});

function onlyOnce({ store }: ComputeStage): ComputeStage['store']['commit'] {
  let made = 0;
  return (commit) => {
    made += 1;
    if (made > 1) throw new Error('no further commit');
    return store.commit(commit);
  };
}

describe('a partial whose build', () => {
  const old = listing();
  const newer = listing(new Set(), {
    initial: () => ({ list: [] }),
    compute: (state, reading) => ({ list: [...(state as { list: [] }).list, (reading as Named).id] }),
    merge: (a, b) => ({ list: [...(a as { list: [] }).list, ...(b as { list: [] }).list] }),
    state: { version: 2, migrate: { 1: (list) => ({ list }) } },
  });

  test('had an older version of the state is migrated like a state of that version', async () => {
    const stage = buildCompute({ pipeline: newer });
    await compute(stage, merged(old, 'r1', readingsOf(1, 3), { sequence: 1 }));
    await compute(stage, merged(newer, 'r2', readingsOf(2, 3), { sequence: 2 }));
    expect(stateOf(stage.store)).toEqual({ list: [...idsOf(1, 3), ...idsOf(2, 3)] });
  });

  test('had a newer version, or had merge, goes back and waits for that build', async () => {
    const [older, without] = [old, { ...old, merge: undefined }].map((pipeline) =>
      buildCompute({ pipeline }),
    );
    const ofNewer = merged(newer, 'r1', readingsOf(1, 3), { sequence: 1 });
    const partial = merged(old, 'r1', readingsOf(1, 3), { sequence: 1 });
    expect(await computeBatch([ofNewer], TIME_MS, older as ComputeStage)).toEqual([ofNewer.messageId]);
    expect(await computeBatch([partial], TIME_MS, without as ComputeStage)).toEqual([partial.messageId]);
    expect(older?.observations).toMatchObject([
      { reason: expect.stringContaining('waits for a build that knows it') },
    ]);
    expect(without?.observations).toMatchObject([
      { reason: expect.stringContaining('waits for a build that has one') },
    ]);
    expect([older, without].map((stage) => stage?.store.dead())).toEqual([[], []]);
  });
});

test('in a pipeline with merge, a compute that emits, skips, asks for a wake or for the time fails wherever it runs', async () => {
  const uses: Readonly<Record<string, Pipeline['compute']>> = {
    emit: (_, __, { emit }) => emit(1) ?? 0,
    skip: (_, __, { skip }) => skip('no') ?? 0,
    wake: (_, __, { wake }) => wake(1, 'tag') ?? 0,
    cancelWake: (_, __, { cancelWake }) => cancelWake('tag') ?? 0,
    sentAt: (_, __, { sentAt }) => sentAt,
  };
  for (const [name, own] of Object.entries(uses)) {
    const pipeline = listing(new Set(), { compute: own });
    const stage = buildCompute({ pipeline });
    await compute(stage, plain('r1', readingsOf(1, 2), { sequence: 1 }));
    expect(deadOf(stage).map(({ reason }) => reason)).toEqual([
      expect.stringContaining(`compute used ${name}, and its pipeline has merge`),
      expect.stringContaining(`compute used ${name}, and its pipeline has merge`),
    ]);
  }
});

test('a partial has format 7, an incomplete one is junk, and formats of other builds go back', () => {
  const { body } = merged(listing(), 'r1', readingsOf(1, 3), { sequence: 1 });
  expect(body).toMatch(/^\{"v":7,/);
  const message = JSON.parse(body);
  const refusals = [
    { ...message, partial: undefined },
    { ...message, partial: { count: 3 } },
    { ...message, readings: [[], []] },
    { ...message, kind: 'tombstone' },
    { ...message, v: 1 },
  ].map((each) => JSON.stringify(each));
  for (const each of refusals) expect(() => decodeMessage(each)).toThrow('that Weir did not write');
  for (const v of [6, 8])
    expect(() => decodeMessage(JSON.stringify({ ...message, v }))).toThrow(`message format ${v}`);
});

test('a large partial is compressed, and is read back exactly', () => {
  const { body } = merged(listing(), 'r1', readingsOf(1, 2_000), { sequence: 1 });
  expect(JSON.parse(body)).toMatchObject({ v: 7, partial: { count: 2_000 }, packed: expect.any(String) });
  expect(decodeMessage(body).readings).toEqual([idsOf(1, 2_000)]);
});

test('a hundred thousand readings in partials and as they are make the state of the plain fold, whatever is refused, lost, repeated and read again', async () => {
  const outcome = await mergeMany(100_000);
  expect(outcome).toMatchObject({ isSame: true, readings: 100_000, dead: 2 });
  expect(outcome.partials).toBeGreaterThan(20);
  expect(outcome.messages).toBeGreaterThan(outcome.partials);
  expect(outcome.repeats).toBeGreaterThan(2);
});

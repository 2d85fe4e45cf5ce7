import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../../functions/aws/dynamo-items.ts';
import type { Delivery } from '../../../functions/pipeline.ts';
import type { Observation, OutgoingMessage } from '../../../functions/ports.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { writeBatch } from '../../../functions/writer/writer.ts';
import fc from '../../properties.ts';
import { buildRequest, TIME_MS } from '../reader/reader-builder.ts';
import { buildFlow, type FlowParts } from '../submit-flow.ts';

const idsOf = (sent: readonly OutgoingMessage[]) => sent.map(({ attributes }) => attributes?.['id'] ?? '');
const reasonsOf = (letters: readonly OutgoingMessage[]) =>
  letters.map(({ attributes }) => attributes?.['reason']);

/** A request gives one reading, it one output, and that one request: for ever, if nothing ends it. */
const endless = (parts: Partial<FlowParts> = {}) =>
  buildFlow({
    read: (request) => [request],
    write: ({ output, submit }) => submit([output], { id: 'next' }),
    ...parts,
  });

describe('a request that a write submits', () => {
  test('is sent under an id that follows from its output: the same on every delivery, and different for each other one', async () => {
    const flow = endless({ emit: () => [1, 2] });
    await flow.take([buildRequest('a'), buildRequest('b')]);
    const records = flow.records();
    await writeBatch(records, TIME_MS, flow.writer);
    const first = flow.requests.taken.splice(0);
    expect(new Set(idsOf(first)).size).toBe(4);
    for (const id of idsOf(first)) expect(id).toMatch(/^[0-9a-f]{24}\/next$/);
    await writeBatch(records, TIME_MS, flow.writer);
    expect(flow.requests.taken).toEqual(first);
  });

  test('has another id if its key was started again or restored and reaches the same version with another output', async () => {
    const flow = endless();
    await flow.take([buildRequest('a')]);
    const [record] = flow.records();
    if (record?.kind !== 'committed') throw new Error('no commit');
    const { item } = record;
    const items = [item, { ...item, lineage: 'another' }, { ...item, outputs: ['"other"'] }];
    for (const each of items) await writeBatch([{ ...record, item: each }], TIME_MS, flow.writer);
    expect(new Set(idsOf(flow.requests.taken)).size).toBe(3);
  });

  test('is on its queue before its output is acknowledged, or the output comes again', async () => {
    const flow = endless({ refuse: () => ({ reason: 'SQS is busy', retriable: true }) });
    await flow.take([buildRequest('a')]);
    expect(await writeBatch(flow.records(), TIME_MS, flow.writer)).toEqual(['s0']);
  });

  test('is not sent when the write fails', async () => {
    const flow = endless({
      write: ({ submit }) => {
        submit(1, { id: 'next' });
        throw new Error('the sink is away');
      },
    });
    await flow.take([buildRequest('a')]);
    expect(await writeBatch(flow.records(), TIME_MS, flow.writer)).toEqual(['s0']);
    expect(flow.requests.taken).toEqual([]);
  });

  test('is searched among the receipts since its commit, however late it is sent again', async () => {
    const flow = endless();
    await flow.take([buildRequest('a')]);
    const [record] = flow.records();
    if (record === undefined) throw new Error('no commit');
    await writeBatch([record], TIME_MS, flow.writer);
    expect(flow.requests.taken[0]?.attributes).toMatchObject({ since: '1000001', chain: '1/9999/all/1/0' });
  });

  test('is sent with the others in as few calls as SQS allows', async () => {
    const flow = endless({
      write: ({ submit }) => {
        for (let n = 0; n < 25; n += 1) submit(n, { id: String(n) });
      },
    });
    await flow.round([buildRequest('a')]);
    expect(flow.requests.calls.map((call) => call.length)).toEqual([10, 10, 5]);
  });

  test('leaves the delivery as data that can be cloned and stored', async () => {
    const seen: Delivery<unknown>[] = [];
    const flow = endless({ write: (delivery) => seen.push(structuredClone(delivery)) });
    await flow.round([buildRequest('a')]);
    expect(seen).toEqual([{ id: 'all/1/0', key: 'all', version: 1, output: 'a' }]);
  });

  test.each<[string, (delivery: Delivery<unknown>) => void, RegExp]>([
    ['no id', ({ submit }) => submit(1, { id: '' }), /submit needs an id of 1 to 400 characters/],
    ['what is no JSON', ({ submit }) => submit(Number.NaN, { id: 'x' }), /the body is NaN/],
    [
      'an id for two requests of one output',
      ({ submit }) => {
        submit(1, { id: 'x' });
        submit(2, { id: 'x' });
      },
      /the write submitted two requests with one id for one output/,
    ],
  ])('with %s fails its write, with the reason', async (_, write, sentence) => {
    const reasons: string[] = [];
    const flow = endless({ write });
    await flow.take([buildRequest('a')]);
    const observe: typeof flow.writer.observe = (seen) => {
      if (seen.kind === 'failure') reasons.push(seen.reason);
    };
    expect(await writeBatch(flow.records(), TIME_MS, { ...flow.writer, observe })).toEqual(['s0']);
    expect(reasons).toEqual([expect.stringMatching(sentence)]);
    expect(flow.requests.taken).toEqual([]);
  });

  test('after its write has ended is refused, because it would never be sent', async () => {
    let kept: Delivery<unknown> | undefined;
    const flow = endless({
      write: (delivery) => {
        kept = delivery;
      },
    });
    await flow.round([buildRequest('a')]);
    expect(() => kept?.submit(1, { id: 'x' })).toThrow('submit was called after the write had ended');
  });
});

test('a write that catches the refusal of a submit goes on, and the first refused request is set aside with the alarm, once', async () => {
  const observed: Observation[] = [];
  const flow = endless({
    limits: { submitsPerRequestMax: 3 },
    write: ({ submit, version }) => {
      for (let n = 0; n < 6; n += 1) {
        try {
          submit({ version, n }, { id: String(n) });
        } catch {}
      }
    },
  });
  await flow.take([buildRequest('a')]);
  expect(await writeBatch(flow.records(), TIME_MS, flow.writer)).toEqual([]);
  const bodies = flow.requests.taken.map(({ body }) => JSON.parse(body).n);
  expect(bodies).toEqual([0, 1, 2, 3]);
  const observe = (seen: Observation) => void observed.push(seen);
  await readBatch(flow.receive(flow.requests.taken), TIME_MS, { ...flow.reader.ports, observe });
  expect(flow.reader.deadLetters.taken.map(({ body }) => JSON.parse(body).n)).toEqual([3]);
  expect(
    observed.filter((seen) => seen.kind === 'failure' && seen.cause === 'too many submits'),
  ).toHaveLength(1);
});

describe('chains of requests through write end', () => {
  test('after maxHops: the next request is set aside unread, and no output is delayed', async () => {
    const flow = endless();
    let messages = [buildRequest('first')];
    let rounds = 0;
    for (; messages.length > 0 && rounds < 20; rounds += 1) messages = await flow.round(messages);
    // The one that was sent, eight that follow, and the ninth, which is not read.
    expect(rounds).toBe(10);
    expect(flow.stage.store.item('all')?.version).toBe(9);
    expect(reasonsOf(flow.reader.deadLetters.taken)).toEqual([
      'requests submitted each other 9 times; at most 8 are allowed (limits.submitHopsMax); they began with "all/1/0"',
    ]);
  });

  test('and a request that a person redrives is read, but submits no more', async () => {
    const flow = endless({ limits: { submitHopsMax: 1 } });
    await flow.round(await flow.round(await flow.round([buildRequest('first')])));
    const letters = flow.reader.deadLetters.taken;
    expect(letters).toHaveLength(1);
    const next = await flow.round(flow.receive(letters));
    expect(flow.stage.store.item('all')?.version).toBe(3);
    await flow.round(next);
    expect(letters).toHaveLength(2);
    expect(flow.stage.store.item('all')?.version).toBe(3);
  });

  test('also if reads and writes take turns', async () => {
    let written = 0;
    const flow = buildFlow({
      read: (request, { submit }) => {
        if (request === 'first' || (Array.isArray(request) && request[0] === 'of a write')) {
          submit(['of a read'], { id: 'r' });
          return [];
        }
        return [request];
      },
      write: ({ submit }) => {
        written += 1;
        submit(['of a write'], { id: 'w' });
      },
      limits: { submitHopsMax: 4 },
    });
    let messages = [buildRequest('first')];
    for (let round = 0; round < 20; round += 1) {
      messages = [...(await flow.round(messages)), ...flow.receive(flow.reader.submitted.taken.splice(0))];
    }
    expect(written).toBe(2);
    expect(reasonsOf(flow.reader.deadLetters.taken)).toEqual([
      'requests submitted each other 4 times; at most 4 are allowed (limits.submitHopsMax); they began with "first"',
    ]);
  });

  test('whatever the tree: at most the limit follows from one output, however often writes are repeated, and each has its effect once', async () => {
    const shape = fc.record({
      readings: fc.integer({ min: 1, max: 4 }),
      outputs: fc.integer({ min: 0, max: 2 }),
      requests: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        async (shapes, submitsPerRequestMax, submitHopsMax, dies) => {
          const shapeOf = (text: unknown) => shapes[String(text).length % shapes.length] ?? shapes[0];
          const read: string[] = [];
          const flow = buildFlow({
            read: (request) => {
              read.push(String(request));
              const { readings = 1 } = shapeOf(request) ?? {};
              // The first has one output: what it leads to is what is counted.
              return Array.from({ length: request === 'first' ? 1 : readings }, (_, n) => `${request}.${n}`);
            },
            emit: (reading) => {
              const { outputs = 1 } = shapeOf(reading) ?? {};
              return Array.from({ length: reading === 'first.0' ? 1 : outputs }, (_, n) => `${reading}:${n}`);
            },
            write: ({ output, submit }) => {
              const { requests = 1 } = shapeOf(output) ?? {};
              for (let n = 0; n < requests; n += 1) submit(`${output}/${n}`, { id: `${n}` });
            },
            limits: { submitsPerRequestMax, submitHopsMax },
          });
          let messages = [buildRequest('first')];
          const known = new Set<string>();
          for (let round = 0; messages.length > 0; round += 1) {
            expect(round).toBeLessThan(10);
            await flow.take(messages);
            const records = flow.records();
            const before = flow.requests.taken.length;
            for (const [n, record] of records.entries()) {
              await writeBatch([record], TIME_MS, flow.writer);
              // The writer ends before its record is acknowledged: it comes again.
              if (dies[n % dies.length] === true) await writeBatch([record], TIME_MS, flow.writer);
            }
            const sent = flow.receive(flow.requests.taken.slice(before));
            messages = sent.filter(({ messageId }) => !known.has(messageId) && known.add(messageId));
            // Two of one id are one request: the later one is a repeat, and says the same.
            expect(new Set(sent.map((message) => JSON.stringify(message))).size).toBe(messages.length);
          }
          expect(read.length - 1).toBeLessThanOrEqual(submitsPerRequestMax);
          expect(Math.max(...read.map((text) => text.split('/').length - 1))).toBeLessThanOrEqual(
            submitHopsMax,
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('also after outputs of a build that does not know chains', async () => {
    const flow = endless();
    await flow.round(await flow.round([buildRequest('first')]));
    const item = flow.stage.store.item('all');
    if (item === undefined) throw new Error('no item');
    expect(item.chains).toEqual([{ outputs: 1, chain: '1/9999/all/1/0' }]);
    // Such a build keeps the attribute as it is, beside outputs of its own.
    const kept = { ...encodeItem({ ...item, version: 3 }), chains: encodeItem(item)['chains'] ?? { S: '' } };
    expect(decodeItem(kept).chains).toBeUndefined();
    expect(decodeItem(kept).others).toBe('');
  });
});

describe('a wake between an output and the reading that led to it', () => {
  const waking = (aheadMs: number) => {
    const scheduled: { body: string; group: string }[] = [];
    const flow = buildFlow({
      read: (request) => [request],
      write: ({ submit }) => submit(1, { id: 'next' }),
      pipeline: {
        compute: (state, _, { sentAt, wake }) => {
          wake(sentAt + aheadMs, 'soon');
          return state;
        },
        wake: (state, tag, { emit }) => {
          emit(tag);
          return state;
        },
      },
    });
    const scheduler = {
      set: async (message: { body: string; group: string }) => void scheduled.push(message),
      cancel: async () => {},
    };
    return { flow: { ...flow, writer: { ...flow.writer, scheduler } }, scheduled };
  };

  test.each([
    ['at once goes on with the chain, so a loop through it ends', 0, ['2/9998/all/2/0']],
    ['a minute ahead begins anew, as what a timetable sends does', 60_000, ['1/9999/all/4/0']],
  ])('that was asked for %s', async (_, aheadMs, expected) => {
    const { computeBatch } = await import('../../../functions/compute/compute.ts');
    const { buildIncoming } = await import('../../builders.ts');
    const { flow, scheduled } = waking(aheadMs);
    /** Its schedule sends it, and it is computed and written. */
    const wake = async (): Promise<void> => {
      for (const { body, group } of scheduled.splice(0)) {
        const at = flow.later(100_000);
        const parts = { messageId: `wake ${at}`, body, group, sequenceNumber: String(at), sentAt: at };
        await computeBatch([buildIncoming(parts)], TIME_MS, flow.stage);
      }
      await writeBatch(flow.records(), TIME_MS, flow.writer);
    };
    await flow.take([buildRequest('first')]);
    await writeBatch(flow.records(), TIME_MS, flow.writer);
    await wake();
    const [first] = flow.requests.taken.splice(0);
    expect(first?.attributes?.['chain']).toBe('1/9999/all/2/0');
    await flow.take(flow.receive(first === undefined ? [] : [first]));
    await writeBatch(flow.records(), TIME_MS, flow.writer);
    await wake();
    expect(flow.requests.taken.map(({ attributes }) => attributes?.['chain'])).toEqual(expected);
  });
});

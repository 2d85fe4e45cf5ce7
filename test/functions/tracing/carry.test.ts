/** A trace context on its way: from the attribute of a request to its outputs, wakes, and the requests that follow. */
import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { wakeMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { singleReading } from '../../../functions/encode-readings.ts';
import { MESSAGE_BYTES_MAX } from '../../../functions/limits.ts';
import { packReadings } from '../../../functions/pack.ts';
import type { Delivery, Pipeline } from '../../../functions/pipeline.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { deadRequest, sameRequest } from '../../../functions/requests.ts';
import type { TraceContext } from '../../../functions/trace-context.ts';
import { buildIncoming, buildPipeline, deliver } from '../../builders.ts';
import { TIME_MS } from '../reader/reader-builder.ts';
import { buildFlow } from '../submit-flow.ts';

const traceNo = (n: number): TraceContext => ({
  traceparent: `00-${String(n).padStart(32, '0')}-00000000000000aa-01`,
  tracestate: `vendor=${n}`,
});
const carrying: Partial<Pipeline> = { trace: 'carry' };
const request = (id: string, trace?: object) =>
  buildIncoming({
    messageId: `m-${id}`,
    body: JSON.stringify(id),
    attributes: { id, ...trace },
    sentAt: 1_000_000,
  });

/** One request gives one reading, one output, and what `write` makes of it. */
function flowOf(pipeline: Partial<Pipeline>, then: (delivery: Delivery<unknown>) => void = () => {}) {
  const deliveries: Delivery<unknown>[] = [];
  const seen: (TraceContext | undefined)[] = [];
  const flow = buildFlow({
    read: (given, { trace }) => {
      seen.push(trace);
      return [given];
    },
    write: (delivery) => {
      deliveries.push(delivery);
      then(delivery);
    },
    pipeline,
  });
  return { ...flow, deliveries, seen };
}

describe('a trace context that a request brings', () => {
  test('reaches read, and write with each of its outputs', async () => {
    const flow = flowOf(carrying);
    await flow.round([request('a', traceNo(1)), request('b'), request('c', traceNo(2))]);
    expect(flow.seen).toEqual([traceNo(1), undefined, traceNo(2)]);
    const byOutput = new Map(flow.deliveries.map(({ output, trace }) => [output, trace]));
    expect(byOutput).toEqual(
      new Map([
        ['a', traceNo(1)],
        ['b', undefined],
        ['c', traceNo(2)],
      ]),
    );
  });

  test('is passed on to the requests that read and write submit', async () => {
    const flow = flowOf(
      {
        ...carrying,
        read: async (given, { submit }) => {
          if (given === 'a') submit('of the read', { id: 'r' });
          return [given];
        },
      },
      ({ output, submit }) => {
        if (output === 'a') submit('of the write', { id: 'w' });
      },
    );
    const [ofWrite] = await flow.round([request('a', traceNo(1))]);
    expect(ofWrite?.attributes).toMatchObject(traceNo(1));
    expect(flow.reader.submitted.taken).toMatchObject([{ body: '"of the read"', attributes: traceNo(1) }]);
  });

  test('that is invalid is ignored, and the request is read', async () => {
    const flow = flowOf(carrying);
    await flow.round([request('a', { traceparent: 'nonsense', tracestate: 'a=1' })]);
    expect(flow.deliveries).toMatchObject([{ output: 'a' }]);
    expect(flow.deliveries[0]).not.toHaveProperty('trace');
  });

  test('stays with it in the dead-letter queue, and while it waits for its source', () => {
    const message = request('a', traceNo(1));
    const pipeline = buildPipeline(carrying);
    expect(deadRequest(message, new Error('x'), undefined, pipeline).attributes).toMatchObject(traceNo(1));
    expect(sameRequest(message, undefined, 1, pipeline).attributes).toMatchObject(traceNo(1));
  });

  test('stays with a reading that is set aside', () => {
    const [message] = packReadings({ id: 'r', since: 0, ...traceNo(1) }, [1, 2], () => 'k').get('k') ?? [];
    const single = singleReading(decodeMessage(message?.body ?? ''), 1, 'm');
    expect(decodeMessage(single.body)).toMatchObject(traceNo(1));
  });

  test('changes neither the ids of its messages nor where they end', () => {
    // So small that a few bytes less of room would end a message earlier.
    const readings = Array.from({ length: MESSAGE_BYTES_MAX / 10 }, () => 'x'.repeat(20));
    const pack = (trace: object) =>
      packReadings({ id: 'r', since: 0, ...trace }, readings, () => 'k').get('k') ?? [];
    const [without, having] = [pack({}), pack(traceNo(1))];
    expect(having.length).toBeGreaterThan(1);
    const idsOf = (messages: typeof having) =>
      messages.map(({ deduplicationId, group, readings: count }) => ({ deduplicationId, group, count }));
    expect(idsOf(having)).toEqual(idsOf(without));
  });

  test('is ignored by a build that does not know it', () => {
    const [traced] = packReadings({ id: 'r', since: 0, ...traceNo(1) }, [1], () => 'k').get('k') ?? [];
    const [plain] = packReadings({ id: 'r', since: 0 }, [1], () => 'k').get('k') ?? [];
    const known: Record<string, unknown> = JSON.parse(traced?.body ?? '');
    expect(known).toMatchObject({ v: 1, ...traceNo(1) });
    const { traceparent: _, tracestate: __, ...rest } = known;
    // The same format, and the same message for who leaves out what it does not know.
    expect(rest).toEqual(JSON.parse(plain?.body ?? ''));
  });
});

describe('without the option trace', () => {
  test('messages, items and deliveries are the same bit for bit, whatever trace a request has', async () => {
    const run = async (trace: object) => {
      const flow = flowOf({}, ({ submit }) => submit('next', { id: 'n' }));
      const next = await flow.round([request('a', trace), request('b', trace)]);
      await readBatch(next, TIME_MS, flow.reader.ports);
      const items = flow.stage.store.commits.map(({ next: item }) => encodeItem({ ...item, lineage: '' }));
      const sent = [flow.reader.readings.taken, flow.requests.taken];
      const dead = deadRequest(request('a', trace), new Error('x'), undefined, buildPipeline());
      const same = sameRequest(request('a', trace), undefined, 1, buildPipeline());
      return JSON.stringify([sent, items, flow.deliveries, flow.seen, dead, same]).replace(
        /[0-9a-f-]{36}/g,
        '',
      );
    };
    expect(await run(traceNo(1))).toBe(await run({}));
  });
});

describe('a wake', () => {
  const START = 2_000_000;
  const pipeline: Partial<Pipeline> = {
    ...carrying,
    compute: (state, reading, { wake, emit }) => {
      if (reading === 'ask') wake(START, 'tag');
      if (reading === 'later') wake(START + 3_600_000, 'tag');
      emit(reading);
      return state;
    },
    wake: (state, tag, { emit }) => {
      emit(tag);
      return state;
    },
  };

  test('has the trace of the reading that asked for it last, in the item and in its outputs', async () => {
    const flow = flowOf(pipeline);
    await flow.take([request('ask', traceNo(1))]);
    const item = flow.stage.store.commits.at(-1)?.next ?? expect.fail('nothing was committed');
    expect(item.wakes).toMatchObject([{ tag: 'tag', trace: traceNo(1) }]);
    const again = decodeItem(encodeItem(item));
    expect(again.wakes).toEqual(item.wakes);
    expect(again.traces).toEqual([{ outputs: 1, trace: traceNo(1) }]);
    const [{ id = '', from = 0 } = {}] = item.wakes ?? [];
    const comes = deliver(wakeMessage('all', { id, tag: 'tag', at: from }), { sequence: 9, sentAt: START });
    await computeBatch([comes], TIME_MS, flow.stage);
    expect(flow.stage.store.commits.at(-1)?.next).toMatchObject({
      outputs: ['"tag"'],
      traces: [{ outputs: 1, trace: traceNo(1) }],
    });
    // Beside the outputs of another version they are somebody else's.
    const stale = { ...encodeItem(item), version: { N: '9' } };
    expect(decodeItem(stale)).not.toHaveProperty('traces');
  });

  test('that was put off keeps its trace when it gets its next schedule', async () => {
    const flow = flowOf(pipeline);
    await flow.take([request('ask', traceNo(1))]);
    await flow.take([request('later', traceNo(2))]);
    const [first] = flow.stage.store.item('all')?.wakes ?? [];
    const early = wakeMessage('all', { id: first?.id ?? '', tag: 'tag', at: START });
    await computeBatch([deliver(early, { sequence: 9, sentAt: START })], TIME_MS, flow.stage);
    const [next] = flow.stage.store.item('all')?.wakes ?? [];
    expect(next?.id).not.toBe(first?.id);
    expect(next?.trace).toEqual(traceNo(2));
  });
});

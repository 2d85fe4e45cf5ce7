/** A marked value enters at each input of the functions; all observations and reasons are searched for it. */
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { encodeItem } from '../../functions/aws/dynamo-items.ts';
import { parseStreamEvent } from '../../functions/aws/stream-records.ts';
import { controlMessage } from '../../functions/commands.ts';
import { computeBatch } from '../../functions/compute/compute.ts';
import type { Order, Pipeline } from '../../functions/pipeline.ts';
import type { Observation } from '../../functions/ports.ts';
import { readBatch } from '../../functions/reader/reader.ts';
import { writeBatch } from '../../functions/writer/writer.ts';
import {
  buildCompute,
  buildIncoming,
  buildMessage,
  buildPipeline,
  createRecordingOutbox,
  deliver,
} from '../builders.ts';
import { createManualClock } from '../clocks.ts';
import { buildItem, toStreamImage } from '../item-builder.ts';
import { buildReader } from './reader/reader-builder.ts';

const CARD = 4111111111111111;
const TEXT = 'CaNaRy-5f2b';
const QUOTED = `Unexpected token 'C', "${TEXT}" is not valid JSON`;
const TIME_MS = 30_000;

/** The reasons that were given, after it is sure that nothing holds a canary. */
function reasonsIn(observations: readonly Observation[], letters: readonly object[]): string[] {
  const watched = [...observations, ...letters].map((seen) => JSON.stringify(seen));
  expect(watched.filter((text) => text.includes(String(CARD)) || text.includes(TEXT))).toEqual([]);
  return watched.flatMap((text) => /"reasons?":\[?"([^"]*)/.exec(text)?.[1] ?? []);
}

const sent = { amount: CARD, name: TEXT };
const fits = { request: v.unknown(), read: async () => [1] };
const byRequest = (parts: Partial<Extract<Order, { by: 'request' }>>): Order => ({
  by: 'request',
  sequence: () => 1,
  requestKey: () => 'k',
  gap: 'skip',
  ...parts,
});

describe('the reader never shows a value:', () => {
  const refused: [string, Partial<Pipeline>, string][] = [
    ['that zod refuses', { request: z.object({ amount: z.number().max(9), name: z.email() }) }, ''],
    ['that zod finds unexpected', { request: z.strictObject({ amount: z.number() }) }, ''],
    ['that valibot refuses', { request: v.object({ amount: v.pipe(v.number(), v.maxValue(9)) }) }, ''],
    ['that arktype refuses', { request: type({ amount: 'number<10', name: 'string.email' }) }, ''],
    ['that is no JSON', fits, `${TEXT} ${CARD}`],
    ['that is hardly JSON', fits, `{"a": "${TEXT}", ${CARD}`],
    ['that a double cannot hold', fits, `{"a": ${CARD}.41111111111111111}`],
    ['that comes twice', fits, `{"a": ${CARD}, "a": "${TEXT}"}`],
    ['that is a sequence', { order: byRequest({ sequence: () => CARD * 41 }) }, ''],
    ['that is a sequence of text', { order: byRequest({ sequence: () => TEXT as unknown as number }) }, ''],
    ['that is a key', { order: byRequest({ requestKey: () => CARD as unknown as string }) }, ''],
    [
      'that is the key of a reading',
      { order: { by: 'arrival', key: () => [TEXT] as unknown as string } },
      '',
    ],
    ['that is an id', { requestId: () => ({ TEXT }) as unknown as string }, ''],
    ['that is no reading', { read: async () => [{ amount: new Map([[TEXT, CARD]]) }] }, ''],
    ['that is a reading too large', { read: async () => [TEXT.repeat(30_000)] }, ''],
    ['that is no list', { read: async () => CARD as unknown as [] }, ''],
    ['that the engine quotes', { read: async () => [BigInt(TEXT)] }, ''],
    ['that a schema throws', { read: async () => [v.parse(v.string(), CARD)] }, ''],
    [
      'that is thrown',
      { read: async () => Promise.reject(new Error('e', { cause: new SyntaxError(QUOTED) })) },
      '',
    ],
  ];
  test.each(refused)('%s', async (_, pipeline, body) => {
    const observations: Observation[] = [];
    const { ports, deadLetters, readings } = buildReader({ pipeline: { ...fits, ...pipeline } });
    const text = body === '' ? JSON.stringify(sent) : body;
    const message = buildIncoming({ body: text, receiveCount: ports.pipeline.limits.readAttempts });
    const watching = { ...ports, observe: (seen: Observation) => void observations.push(seen) };
    await readBatch([message], TIME_MS, watching);
    expect(deadLetters.taken.map((letter) => letter.body)).toEqual([text]);
    const letters = deadLetters.taken.map(({ attributes }) => attributes ?? {});
    expect(reasonsIn(observations, letters)).not.toEqual([]);
    expect(readings.taken.filter((taken) => taken.body.includes(TEXT))).toEqual([]);
  });

  test('that SQS quotes', async () => {
    const observations: Observation[] = [];
    const refuse = () => {
      throw new SyntaxError(
        `Unexpected token 'C', "${TEXT}" is not valid JSON\n  Deserialization error: see`,
      );
    };
    const { ports } = buildReader({ pipeline: fits, refuse });
    const watching = {
      ...ports,
      clock: { ...ports.clock, sleep: async () => undefined },
      observe: (seen: Observation) => void observations.push(seen),
    };
    await readBatch([buildIncoming({ body: '1' })], TIME_MS, watching);
    expect(reasonsIn(observations, [])).not.toEqual([]);
  });
});

const emitMuch: Pipeline['compute'] = (state, _, { emit }) => {
  emit(TEXT.repeat(9_000));
  return state;
};

describe('compute never shows a value:', () => {
  const refused: [string, Partial<Pipeline>][] = [
    ['that is no state', { compute: () => ({ amount: [new Set([CARD])] }) }],
    ['that is undefined of it', { compute: () => undefined }],
    ['that is a state too large', { compute: () => TEXT.repeat(30_000) }],
    [
      'that is a getter',
      {
        compute: () => ({
          get [`a`]() {
            return CARD;
          },
        }),
      },
    ],
    ['that is no output', { compute: (_, __, { emit }) => emit({ amount: [() => CARD] }) }],
    ['that is an output too large', { compute: emitMuch }],
    ['that the engine quotes', { compute: () => JSON.parse(TEXT) }],
    ['that a schema throws', { compute: () => z.string().max(1).parse(TEXT) }],
    ['that is no first state', { initial: () => ({ amount: [BigInt(CARD)] }) }],
    ['that its first state throws', { initial: () => v.parse(v.number(), TEXT) }],
  ];
  test.each(refused)('%s', async (_, pipeline) => {
    for (const poison of ['quarantine', 'stop'] as const) {
      const stage = buildCompute({ pipeline: buildPipeline({ ...pipeline, poison }) });
      await computeBatch([buildMessage({ readings: [sent] })], TIME_MS, stage);
      const { stopped } = stage.store.item('k') ?? {};
      const letters = stage.store.dead().map(({ reason }) => ({ reason }));
      expect(reasonsIn(stage.observations, [...letters, stopped ?? {}])).not.toEqual([]);
    }
  });

  const strange: [string, string][] = [
    ['that is no JSON', `${TEXT} ${CARD}`],
    ['that is the format', JSON.stringify({ v: CARD, readings: [TEXT] })],
    ['that is everything', JSON.stringify({ v: 1, kind: TEXT, request: CARD, key: CARD, readings: TEXT })],
    [
      'that is a key of another group',
      deliver({ ...controlMessage('k', 'skip', { receipt: TEXT, index: 0 }, 'i'), group: 'g' }).body,
    ],
  ];
  test.each(strange)('not even of a message that Weir did not write: %s', async (_, body) => {
    const stage = buildCompute();
    await computeBatch([buildIncoming({ body, group: 'g', sequenceNumber: '1' })], TIME_MS, stage);
    const letters = stage.store.dead().map(({ reason }) => ({ reason }));
    expect(reasonsIn(stage.observations, letters)).not.toEqual([]);
  });
});

describe('the writer never shows a value:', () => {
  const image = toStreamImage(encodeItem(buildItem({ outputs: ['1'] })));
  const records: [string, object][] = [
    ['that is no state of an item', { ...image, lineage: { N: TEXT } }],
    ['that is no output', { ...image, outputs: { S: `[${TEXT}]` } }],
    ['that is no attribute', { ...image, state: { [TEXT]: CARD } }],
    ['that is no list', { ...image, partly: { S: `{"${TEXT}":` } }],
  ];
  const write: [string, Pipeline['write']][] = [
    ['that the engine quotes', async () => void JSON.parse(TEXT)],
    ['that a schema throws', async () => void v.parse(v.number(), TEXT)],
    ['that is a header', async () => void new Headers({ token: `${TEXT}\n-` })],
  ];
  test.each([
    ...records.map(([name, record]) => [name, record, async () => {}] as const),
    ...write.map(([name, failing]) => [name, image, failing] as const),
  ])('%s', async (_, NewImage, failing) => {
    const observations: Observation[] = [];
    const event = { Records: [{ eventID: 'e', dynamodb: { SequenceNumber: '1', NewImage } }] };
    await writeBatch(parseStreamEvent(event), TIME_MS, {
      pipeline: buildPipeline({ write: failing }),
      store: { load: async () => undefined },
      deadLetters: createRecordingOutbox(),
      requests: createRecordingOutbox(),
      clock: createManualClock(),
      observe: (seen) => void observations.push(seen),
    });
    expect(reasonsIn(observations, [])).not.toEqual([]);
  });
});

/**
 * A request that is read more than once has one effect: reader and compute together, long after the
 * deduplication window.
 */
import { expect, test } from 'vitest';
import { computeBatch } from '../../../functions/compute/compute.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { buildCompute, buildIncoming, stateOf } from '../../builders.ts';
import { buildReader, buildRequest, TIME_MS } from './reader-builder.ts';

const LATER_MS = 6 * 60_000;

async function readTwice(read: Pipeline['read'], second: Partial<IncomingMessage>) {
  const { ports, readings } = buildReader({ read });
  const first = buildRequest('r');
  await readBatch([first], TIME_MS, ports);
  await readBatch([{ ...first, ...second }], TIME_MS, ports);
  const stage = buildCompute();
  for (const [index, { body, group = '' }] of readings.taken.entries()) {
    const place = {
      messageId: `m-${index}`,
      sequenceNumber: String(index),
      sentAt: 1_000_000 + index * LATER_MS,
    };
    expect(await computeBatch([buildIncoming({ body, group, ...place })], TIME_MS, stage)).toEqual([]);
  }
  return { sent: readings.taken, state: stateOf(stage.store, 'all') };
}

test('a request that the standard queue delivers twice has one effect', async () => {
  const { sent, state } = await readTwice(async () => ['once'], {});
  expect(sent).toHaveLength(2);
  expect(sent[1]?.deduplicationId).toBe(sent[0]?.deduplicationId);
  expect(state).toMatchObject({ seen: ['once'] });
});

test('a reader that ends between its send and its answer makes no second effect', async () => {
  const { state } = await readTwice(async () => ['once'], { receiveCount: 2, receiptHandle: 'another' });
  expect(state).toMatchObject({ seen: ['once'] });
});

test('a second read with other results changes nothing: the first one counts', async () => {
  const { state } = await readTwice(async (_, { attempt }) => [`attempt ${attempt}`], { receiveCount: 2 });
  expect(state).toMatchObject({ seen: ['attempt 1'] });
});

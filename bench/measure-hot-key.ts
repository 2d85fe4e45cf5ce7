/**
 * The limit of one key: readings per second of the compute function alone, batch after batch of ten messages
 * of that key, with and without `merge` in the same round. No queue, table or network is included. The
 * reader's own code makes the messages in advance; its time is reported too, because merge moves work there.
 */
import { systemClock } from '../functions/aws/clock.ts';
import { parseSqsEvent } from '../functions/aws/sqs-records.ts';
import { computeBatch } from '../functions/compute/compute.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { partialsOf } from '../functions/merge.ts';
import { packReadings } from '../functions/pack.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { recordOf, SENT_AT } from './events.ts';
import { MESSAGES_PER_BATCH, portsOf, YES } from './measure-fold.ts';
import { type Hit, hit, sketching, tallying } from './pipelines/hot-key.ts';

export interface HotKeyCase {
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly readingsPerRequest: number;
}

/** As many readings of the key as one message can hold, and few. */
export const HOT_KEY_CASES: readonly HotKeyCase[] = [
  { name: 'sums', pipeline: tallying, readingsPerRequest: 100 },
  { name: 'sums', pipeline: tallying, readingsPerRequest: 3_000 },
  { name: 'a sketch', pipeline: sketching, readingsPerRequest: 1_000 },
];

export interface HotKeyFigures {
  /** Readings per second. */
  readonly plain: number;
  readonly merged: number;
  /** Microseconds of the reader per reading: to pack them, and to fold them too. */
  readonly packUs: number;
  readonly foldUs: number;
}

/** Throws if the two do not reach the same state. */
export async function measureHotKey(
  { pipeline, readingsPerRequest }: HotKeyCase,
  batches: number,
): Promise<HotKeyFigures> {
  const requests = Array.from({ length: MESSAGES_PER_BATCH }, (_, n) =>
    Array.from({ length: readingsPerRequest }, (__, index) => hit(n * readingsPerRequest + index)),
  );
  const without = { ...pipeline, merge: undefined };
  const [packed, folded] = [makeBatch(without, requests), makeBatch(pipeline, requests)];
  if (!folded.isPartial) throw new Error('the readings were not folded');
  const plain = await computeAll(without, packed.records, batches);
  // Merged batches are quick, so there are more of them, for about the same total time.
  const merged = await computeAll(pipeline, folded.records, batches * 20);
  if (plain.first !== merged.first) throw new Error('with merge the state is another');
  const readings = MESSAGES_PER_BATCH * readingsPerRequest;
  return {
    plain: (readings * 1000) / plain.msPerBatch,
    merged: (readings * 1000) / merged.msPerBatch,
    packUs: (packed.ms * 1000) / readings,
    foldUs: (folded.ms * 1000) / readings,
  };
}

function makeBatch(pipeline: Pipeline, requests: readonly (readonly Hit[])[]) {
  const foldPartial = partialsOf(pipeline, systemClock);
  const pack = () =>
    requests.map((readings, n) => {
      const [message, ...rest] =
        packReadings({ id: `r${n}`, since: SENT_AT }, readings, () => 'hot', foldPartial).get('hot') ?? [];
      if (message === undefined || rest.length > 0) throw new Error('these readings are not one message');
      return message;
    });
  pack(); // Once in advance, as in a warm function.
  const start = performance.now();
  const messages = pack();
  const ms = performance.now() - start;
  const isPartial = messages.every(({ body }) => decodeMessage(body).partial !== undefined);
  return { ms, isPartial, records: messages };
}

async function computeAll(
  pipeline: Pipeline,
  messages: ReturnType<typeof makeBatch>['records'],
  batches: number,
) {
  let first: string | undefined;
  const store = {
    ...YES,
    commit: async (commit: Parameters<typeof YES.commit>[0]) => {
      first ??= commit.next.state;
      return YES.commit(commit);
    },
  };
  const ports = portsOf(pipeline, store);
  // Every batch has new requests, because repeats would have no effect.
  const eventOf = (batch: number) => ({
    Records: messages.map((message, index) => {
      const number = batch * MESSAGES_PER_BATCH + index;
      return recordOf(
        { ...message, body: message.body.replace(/"request":"r/, `"request":"${batch}-r`) },
        number,
      );
    }),
  });
  const warmUp = Math.ceil(batches / 4);
  const events = Array.from({ length: batches + warmUp }, (_, batch) => eventOf(batch));
  const handle = async (event: object) => {
    if ((await computeBatch(parseSqsEvent(event), 600_000, ports)).length > 0)
      throw new Error('a message came back');
  };
  for (const event of events.slice(0, warmUp)) await handle(event);
  const start = performance.now();
  for (const event of events.slice(warmUp)) await handle(event);
  return { first, msPerBatch: (performance.now() - start) / batches };
}

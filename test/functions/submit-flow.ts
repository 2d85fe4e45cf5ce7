/** A pipeline whose writes submit requests, in memory, from the requests queue to its outputs and back. */
import { computeBatch } from '../../functions/compute/compute.ts';
import type { IncomingMessage } from '../../functions/incoming-message.ts';
import type { Limits } from '../../functions/limits.ts';
import type { Delivery, Pipeline, ReadContext } from '../../functions/pipeline.ts';
import type { OutgoingMessage } from '../../functions/ports.ts';
import { readBatch } from '../../functions/reader/reader.ts';
import { type StreamRecord, type WriterPorts, writeBatch } from '../../functions/writer/writer.ts';
import {
  buildCompute,
  buildIncoming,
  buildPipeline,
  createRecordingOutbox,
  type Refuse,
} from '../builders.ts';
import { createInstantClock } from '../clocks.ts';
import { buildReader, TIME_MS } from './reader/reader-builder.ts';

export interface FlowParts {
  readonly read: (request: unknown, context: ReadContext) => readonly unknown[];
  /** What a reading emits; the reading itself if nothing is said. */
  readonly emit?: (reading: unknown) => readonly unknown[];
  readonly write: (delivery: Delivery<unknown>) => void;
  readonly pipeline?: Partial<Pipeline>;
  readonly limits?: Partial<Limits>;
  readonly refuse?: Refuse;
}

export function buildFlow({
  read,
  emit = (reading) => [reading],
  write,
  pipeline,
  limits,
  refuse,
}: FlowParts) {
  const parts = {
    read: async (request: unknown, context: ReadContext) => read(request, context),
    compute: (state: unknown, reading: unknown, context: { emit: (output: unknown) => void }) => {
      for (const output of emit(reading)) context.emit(output);
      return state;
    },
    write: async (outputs: readonly Delivery<unknown>[]) => outputs.forEach(write),
    ...pipeline,
    limits: limits as Limits,
  };
  const reader = buildReader({ pipeline: parts });
  const stage = buildCompute({ pipeline: buildPipeline(parts) });
  const requests = createRecordingOutbox(refuse);
  const deadLetters = createRecordingOutbox();
  const writer: WriterPorts = {
    pipeline: buildPipeline(parts),
    store: stage.store,
    deadLetters,
    requests,
    clock: createInstantClock(),
    observe: () => {},
  };
  let received = 0;
  let computed = 0;
  let at = 1_000_000;
  let written = 0;

  /** Reads requests and computes what they gave; returns how many of the readings' messages there were. */
  async function take(messages: readonly IncomingMessage[]): Promise<void> {
    await readBatch(messages, TIME_MS, reader.ports);
    const sent = reader.readings.taken.slice(received);
    received += sent.length;
    for (const { body, group = '' } of sent) {
      computed += 1;
      at += 1;
      const message = buildIncoming({
        messageId: `m${computed}`,
        body,
        group,
        sequenceNumber: String(computed),
        sentAt: at,
      });
      await computeBatch([message], TIME_MS, stage);
    }
  }

  /** The commits since it was last asked. */
  function records(): StreamRecord[] {
    const commits = stage.store.commits.slice(written);
    const first = written;
    written += commits.length;
    return commits.map(({ next }, n) => ({
      sequenceNumber: `s${first + n}`,
      key: next.key,
      kind: 'committed',
      item: next,
    }));
  }

  /** As they come back from the queue that they were sent to. */
  function receive(sent: readonly OutgoingMessage[]): IncomingMessage[] {
    return sent.map(({ body, attributes = {}, group = '' }) =>
      buildIncoming({ messageId: `of ${attributes['id']}`, body, attributes, group, sentAt: 1_000_000 }),
    );
  }

  /** Reads, computes and writes one generation of requests; returns the next. */
  async function round(messages: readonly IncomingMessage[]): Promise<IncomingMessage[]> {
    const before = requests.taken.length;
    await take(messages);
    await writeBatch(records(), TIME_MS, writer);
    return receive(requests.taken.slice(before));
  }

  /** The time that SQS's clock shows, later by so much. */
  const later = (ms: number): number => {
    at += ms;
    return at;
  };

  return { later, reader, stage, writer, requests, take, records, receive, round };
}

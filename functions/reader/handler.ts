/** The reader function: connects the reader to AWS. Built once per environment. */

import { systemClock } from '../aws/clock.ts';
import { createOutbox, createRequestsQueue, createSqsClient, rehearseSend } from '../aws/sqs.ts';
import { parseSqsEvent } from '../aws/sqs-records.ts';
import type { Lane } from '../backfill.ts';
import { ENV, requireEnv } from '../env.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../incoming-message.ts';
import { createObserver } from '../observe.ts';
import type { Pipeline } from '../pipeline.ts';
import { createBudget } from './budget.ts';
import { type LaneQueue, laneOf, portsOfLane } from './lanes.ts';
import type { ReaderPorts } from './read-request.ts';
import { readBatch } from './reader.ts';
import { serveReads, startReadingProcess } from './reading-process.ts';
import { createSender } from './sender.ts';
import { catchStrays } from './strays.ts';

export function createHandler(pipeline: Pipeline) {
  catchStrays(process);
  // The separate process for reads (apart.ts) runs this bundle too. It only reads and needs no clients.
  if (serveReads(pipeline, systemClock)) return () => Promise.reject(new Error('this process only reads'));
  const { observe, observed } = createObserver('reader', {
    clock: systemClock,
    env: process.env,
    trace: pipeline.trace,
  });
  const { limits, source, backfill } = pipeline;
  const client = createSqsClient();
  const base = { clock: systemClock, random: Math.random, observe };
  const readingsUrl = requireEnv(ENV.readingsQueueUrl);
  void rehearseSend(client, readingsUrl);
  const deadLetters = createOutbox(client, requireEnv(ENV.requestsDeadLetterQueueUrl));
  const common = {
    ...base,
    pipeline,
    budget: createBudget(limits),
    startReading: () => startReadingProcess(new URL(import.meta.url), limits),
    send: createSender({ ...base, outbox: createOutbox(client, readingsUrl) }, limits.lingerMs),
  };
  // A pipeline without sources does not load the DynamoDB client.
  const sourcePortsOf =
    source &&
    import('../aws/create-source-ports.ts').then(({ createSourcePorts }) =>
      createSourcePorts(source, pipeline, base),
    );
  const urls = {
    live: requireEnv(ENV.requestsQueueUrl),
    backfill: backfill && requireEnv(ENV.backfillQueueUrl),
  };
  const queueOf = (lane: Lane): LaneQueue => {
    const url = urls[lane] ?? urls.live;
    return { outbox: createOutbox(client, url), requests: createRequestsQueue(client, url) };
  };
  const portsOf = async (lane: Lane): Promise<ReaderPorts> => {
    const sources = (await sourcePortsOf)?.(lane, queueOf(lane).outbox);
    const own = portsOfLane(lane, queueOf, { ...base, limits, deadLetters });
    return { ...common, ...own, ...(sources && { sources }) };
  };
  const live = portsOf('live');
  const lanes = { live, backfill: urls.backfill === undefined ? live : portsOf('backfill') };
  return observed(async (event, context): Promise<PartialBatchResponse> => {
    const messages = parseSqsEvent(event);
    const own = await lanes[laneOf(event, urls.backfill)];
    return partialBatchResponse(await readBatch(messages, context.getRemainingTimeInMillis(), own));
  });
}

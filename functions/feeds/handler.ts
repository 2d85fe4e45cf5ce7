/** The function of a feed: turns records of its source into requests. One bundle serves all pipelines and kinds of source. */
import { systemClock } from '../aws/clock.ts';
import { createOutbox, createSqsClient } from '../aws/sqs.ts';
import { ENV, requireEnv } from '../env.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../incoming-message.ts';
import { createObserver } from '../observe.ts';
import { decoderOf } from './decoder.ts';
import { type FeedPorts, passOn } from './pass-on.ts';

export function createHandler() {
  const { observe, observed } = createObserver('feed', { clock: systemClock, env: process.env });
  const client = createSqsClient();
  const { decode, partial } = decoderOf(requireEnv(ENV.feed), process.env[ENV.feedName]);
  const ports: FeedPorts = {
    requests: createOutbox(client, requireEnv(ENV.requestsQueueUrl)),
    deadLetters: createOutbox(client, requireEnv(ENV.requestsDeadLetterQueueUrl)),
    clock: systemClock,
    observe,
  };
  return observed(async (event): Promise<PartialBatchResponse> => {
    const failed = await passOn(decode(event), ports);
    if (failed.length > 0 && !partial) {
      throw new Error(`${failed.length} records were not passed on: the batch is to come again`);
    }
    return partialBatchResponse(failed);
  });
}

/** The function of a feed: turns records of its source into requests. One bundle serves all pipelines and kinds of source. */
import { systemClock } from '../aws/clock.ts';
import { createOutbox, createSqsClient } from '../aws/sqs.ts';
import { ENV, requireEnv } from '../env.ts';
import { createObserver } from '../observe.ts';
import { decoderOf } from './decoder.ts';
import type { FeedPorts } from './pass-on.ts';
import { passOnEvent } from './pass-on-event.ts';

export function createHandler() {
  const { observe, observed } = createObserver('feed', { clock: systemClock, env: process.env });
  const client = createSqsClient();
  const decoder = decoderOf(requireEnv(ENV.feed), process.env[ENV.feedName]);
  const ports: FeedPorts = {
    requests: createOutbox(client, requireEnv(ENV.requestsQueueUrl)),
    deadLetters: createOutbox(client, requireEnv(ENV.requestsDeadLetterQueueUrl)),
    clock: systemClock,
    observe,
  };
  return observed((event) => passOnEvent(event, decoder, ports));
}

/** The function of a feed, wired as in its handler (functions/feeds/handler.ts). */
import { createOutbox } from '../../functions/aws/sqs.ts';
import { decoderOf } from '../../functions/feeds/decoder.ts';
import { passOnEvent } from '../../functions/feeds/pass-on-event.ts';
import type { PlannedFeed } from '../subject/sample-requests.ts';
import type { Deployment, Handler } from './functions.ts';
import type { Environment } from './simulated-environment.ts';
import { sqsClient } from './sqs-client.ts';

export function startFeed(
  own: Environment,
  kind: PlannedFeed['kind'],
  { services, urls }: Pick<Deployment, 'services' | 'urls'>,
): Handler {
  const sqs = sqsClient(own, services);
  const decoder = decoderOf(kind, undefined);
  const ports = {
    requests: createOutbox(sqs, urls.requests),
    deadLetters: createOutbox(sqs, urls.requestsDead),
    clock: own.clock,
    observe: () => undefined,
  };
  return (event) => passOnEvent(event, decoder, ports);
}

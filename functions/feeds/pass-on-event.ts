/** Answers an event of a feed. The position of the feed passes a record only when SQS has confirmed its request. */
import { type PartialBatchResponse, partialBatchResponse } from '../incoming-message.ts';
import type { Decoder } from './decoder.ts';
import { type FeedPorts, passOn } from './pass-on.ts';

export async function passOnEvent(
  event: unknown,
  { decode, partial }: Decoder,
  ports: FeedPorts,
): Promise<PartialBatchResponse> {
  const failed = await passOn(decode(event), ports);
  if (failed.length > 0 && !partial) {
    throw new Error(`${failed.length} records were not passed on: the batch must come again`);
  }
  return partialBatchResponse(failed);
}

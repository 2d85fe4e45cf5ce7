/**
 * Events as Lambda hands them to the compute function, created in advance so that their creation is not
 * measured.
 */
import { packReadings } from '../functions/pack.ts';
import type { EncodedMessage } from '../functions/readings.ts';

export const SENT_AT = Date.UTC(2026, 0, 1);

/**
 * Each event contains the same readings, message by message, in new messages. `keyOf` names a message's key.
 */
export function buildEvents(
  messages: readonly (readonly unknown[])[],
  count: number,
  keyOf: (batch: number, message: number) => string = () => 'one',
  firstNumber = 0,
): { Records: object[] }[] {
  return Array.from({ length: count }, (_, batch) => ({
    Records: messages.map((readings, message) =>
      record(
        readings,
        keyOf(firstNumber + batch, message),
        (firstNumber + batch) * messages.length + message,
      ),
    ),
  }));
}

function record(readings: readonly unknown[], key: string, number: number): object {
  const packed = packReadings({ id: `request-${number}`, since: SENT_AT + number }, readings, () => key).get(
    key,
  );
  const message = packed?.[0];
  if (message === undefined || packed?.length !== 1)
    throw new Error(`the readings make ${packed?.length} messages`);
  return recordOf(message, number);
}

/** A message as Lambda hands it over, number `number` of its queue. */
export function recordOf({ body, group }: Pick<EncodedMessage, 'body' | 'group'>, number: number): object {
  return {
    messageId: `message-${number}`,
    receiptHandle: 'handle',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(SENT_AT + number + 1),
      MessageGroupId: group,
      SequenceNumber: String(10n ** 20n + BigInt(number)),
    },
    messageAttributes: {},
  };
}

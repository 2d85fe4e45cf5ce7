/** Messages of another queue. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import { isRecord } from '../json.ts';
import { type FeedRecord, type Fields, fieldsOf, nameIn, recordsOf, textIn } from './feed-record.ts';

/** The message's attributes are not passed on, because their names may be those of Weir's own attributes. */
export function fromQueue(event: unknown): FeedRecord[] {
  return recordsOf(event, 'a queue').map((record) => {
    const identifier = textIn(record, 'messageId');
    const system = fieldsOf(record['attributes'], 'the attributes');
    return {
      identifier,
      position: `${nameIn(textIn(record, 'eventSourceARN'))}/${identifier}`,
      at: Number(textIn(system, 'SentTimestamp')),
      ...groupOf(system),
      body: textIn(record, 'body'),
    };
  });
}

/** The tenant, if the queue is a fair queue. */
function groupOf({ MessageGroupId: group }: Fields): { group?: string } {
  return typeof group === 'string' && group !== '' ? { group } : {};
}

/**
 * Messages of a topic, which come through a queue of the feed in SNS's envelope. The envelope is needed because it alone holds
 * SNS's message id: a message that SNS delivers twice has two SQS message ids.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
export function fromTopic(event: unknown): FeedRecord[] {
  return fromQueue(event).map((record) => {
    const envelope = typeof record.body === 'string' ? envelopeIn(record.body) : undefined;
    if (envelope === undefined) {
      const text = typeof record.body === 'string' ? { text: record.body } : {};
      return { ...record, body: { problem: 'it is no message of a topic', ...text } };
    }
    const { topic, id, at, body } = envelope;
    return { identifier: record.identifier, position: `${nameIn(topic)}/${id}`, at, body };
  });
}

function envelopeIn(text: string) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { TopicArn: topic, MessageId: id, Timestamp: time, Message: body } = value;
  if (typeof topic !== 'string' || typeof id !== 'string' || typeof body !== 'string') return undefined;
  const at = Date.parse(String(time));
  return { topic, id, body, at: Number.isNaN(at) ? undefined : at };
}

/**
 * Changes of a table: `{"event":"INSERT","keys":{...},"new":{...},"old":{...}}` with items as plain JSON. Numbers keep all
 * digits that DynamoDB has, sets become lists, and binary values are base64.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import { encodeJson, isRecord } from '../json.ts';
import { type FeedRecord, type Fields, fieldsOf, recordsOf, textIn } from './feed-record.ts';

export function fromDynamoDb(event: unknown): FeedRecord[] {
  return recordsOf(event, 'a DynamoDB stream').map((record) => {
    const change = fieldsOf(record['dynamodb'], 'dynamodb');
    const seconds = change['ApproximateCreationDateTime'];
    return {
      identifier: textIn(change, 'SequenceNumber'),
      // Sequence numbers are unique only within a shard, and the record does not name its shard. The event id is unique.
      position: `${tableIn(textIn(record, 'eventSourceARN'))}/${textIn(record, 'eventID')}`,
      at: typeof seconds === 'number' ? seconds * 1000 : undefined,
      body: changeText(record, change),
    };
  });
}

/** `arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE/stream/TIME`. */
function tableIn(arn: string): string {
  return arn.split('/')[1] ?? arn;
}

function changeText(record: Fields, { Keys, NewImage, OldImage }: Fields): string {
  const parts = { keys: Keys, new: NewImage, old: OldImage };
  const fields = Object.entries(parts).flatMap(([name, item]) =>
    isRecord(item) ? [`"${name}":${itemText(item)}`] : [],
  );
  return `{${[`"event":${encodeJson(textIn(record, 'eventName'), 'the event')}`, ...fields].join(',')}}`;
}

function itemText(item: Fields): string {
  const fields = Object.entries(item).map(
    ([name, value]) => `${encodeJson(name, 'a name')}:${valueText(value)}`,
  );
  return `{${fields.join(',')}}`;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
function valueText(value: unknown): string {
  const [entry] = isRecord(value) ? Object.entries(value) : [];
  const [type, content] = entry ?? [];
  if (type === 'N' && typeof content === 'string') return content;
  if (type === 'NS' && Array.isArray(content)) return `[${content.join(',')}]`;
  if (type === 'M' && isRecord(content)) return itemText(content);
  if (type === 'L' && Array.isArray(content)) return `[${content.map(valueText).join(',')}]`;
  if (type === 'NULL') return 'null';
  return encodeJson(content, 'an attribute');
}

/** Records of a Kinesis stream. https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
import { type FeedRecord, fieldsOf, nameIn, recordsOf, textIn, textOfBytes } from './feed-record.ts';

export function fromKinesis(event: unknown): FeedRecord[] {
  return recordsOf(event, 'a Kinesis stream').map((record) => {
    const data = fieldsOf(record['kinesis'], 'kinesis');
    const sequenceNumber = textIn(data, 'sequenceNumber');
    // `shardId-000000000006:SEQUENCENUMBER`. No other field names the shard.
    const [shard] = textIn(record, 'eventID').split(':');
    const seconds = data['approximateArrivalTimestamp'];
    return {
      identifier: sequenceNumber,
      position: `${nameIn(textIn(record, 'eventSourceARN'))}/${shard}/${sequenceNumber}`,
      at: typeof seconds === 'number' ? seconds * 1000 : undefined,
      body: textOfBytes(textIn(data, 'data')),
    };
  });
}

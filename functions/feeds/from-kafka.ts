/**
 * Records of a Kafka topic, on MSK or on another cluster.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html and https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
 */
import { type FeedRecord, fieldsOf, textIn, textOfBytes } from './feed-record.ts';

/** `name`, if given, replaces the topic's name in positions. */
export function fromKafka(event: unknown, name: string | undefined): FeedRecord[] {
  const byPartition = fieldsOf(fieldsOf(event, 'Kafka')['records'], 'records');
  return Object.values(byPartition)
    .flat()
    .map((value) => {
      const record = fieldsOf(value, 'a record');
      const place = `${record['partition']}/${record['offset']}`;
      return {
        identifier: place,
        position: `${name ?? textIn(record, 'topic')}/${place}`,
        // The producer may have set the record's time, so it is not reliable.
        at: undefined,
        // A Kafka tombstone has no value.
        body: typeof record['value'] === 'string' ? textOfBytes(record['value']) : 'null',
      };
    });
}

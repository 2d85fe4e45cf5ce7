/**
 * Records of a Kafka topic, of MSK's clusters and of others.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html and https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
 */
import { type FeedRecord, fieldsOf, textIn, textOfBytes } from './feed-record.ts';

/** `name` stands for the topic in positions, where one is given. */
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
        // The producer may have set its time.
        at: undefined,
        // A tombstone has no value.
        body: typeof record['value'] === 'string' ? textOfBytes(record['value']) : 'null',
      };
    });
}

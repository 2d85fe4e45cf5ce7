import { describe, expect, test } from 'vitest';
import { FEED, propertiesOf, tallyTemplate } from './tally-template.ts';

const template = tallyTemplate({ feed: FEED });

describe('events as requests', () => {
  test('an object of the bucket, under the prefix, becomes a request with its URL and its sequencer', () => {
    expect(propertiesOf(template, 'ObjectsFeed')).toMatchObject({
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: ['access-logs'] }, object: { key: [{ prefix: 'site/' }] } },
      },
      Targets: [
        {
          Arn: { 'Fn::GetAtt': ['RequestsQueue', 'Arn'] },
          InputTransformer: {
            InputPathsMap: {
              bucket: '$.detail.bucket.name',
              key: '$.detail.object.key',
              sequencer: '$.detail.object.sequencer',
            },
            InputTemplate: '{"url":"s3://<bucket>/<key>","sequencer":"<sequencer>"}',
          },
        },
      ],
    });
  });

  test('named fields of an event become the request; without a body, the whole event does', () => {
    const targetOf = (feed: Parameters<typeof tallyTemplate>[0]) =>
      propertiesOf(tallyTemplate(feed), 'EventsFeed')['Targets'];
    expect(propertiesOf(template, 'EventsFeed')['Targets']).toMatchObject([
      {
        InputTransformer: {
          InputPathsMap: { value0: '$.detail.orderId' },
          InputTemplate: '{"order":<value0>,"kind":"order"}',
        },
      },
    ]);
    const whole = targetOf({ feed: { events: { pattern: { source: ['shop'] } } } });
    expect(whole).toEqual([{ Id: 'Requests', Arn: { 'Fn::GetAtt': ['RequestsQueue', 'Arn'] } }]);
  });

  test('the queue accepts messages from these rules only, and still refuses plain HTTP', () => {
    const allowed = (rule: string) => ({
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: { 'Fn::GetAtt': ['RequestsQueue', 'Arn'] },
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [rule, 'Arn'] } } },
    });
    expect(propertiesOf(template, 'RequestsQueuePolicy')['PolicyDocument']).toMatchObject({
      Statement: [{ Effect: 'Deny', Action: 'sqs:*' }, allowed('ObjectsFeed'), allowed('EventsFeed')],
    });
  });
});

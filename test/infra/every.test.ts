import { describe, expect, test } from 'vitest';
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import type { Feed } from '../../infra/feed.ts';
import { capabilitiesByResource, propertiesOf, resourcesOf, tallyTemplate } from './tally-template.ts';

const inputOf = (feed: Feed, id = 'Every') => {
  const target = propertiesOf(tallyTemplate({ feed }), id)['Target'];
  const { Input } = target as {
    readonly Input: { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
  };
  const text = Input['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'URL')).join('');
  return JSON.parse(text) as { MessageBody: string };
};

describe('scheduled requests', () => {
  test('come at each time of the schedule, with the schedule and the time as their id', () => {
    const template = tallyTemplate({ feed: { every: '5 minutes' } });
    expect(propertiesOf(template, 'Every')).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
        RoleArn: { 'Fn::GetAtt': ['EveryRole', 'Arn'] },
      },
    });
    expect(inputOf({ every: '5 minutes' })).toEqual({
      QueueUrl: 'URL',
      MessageBody: '{"time":"<aws.scheduler.scheduled-time>"}',
      MessageAttributes: {
        [REQUEST_ATTRIBUTES.id]: {
          DataType: 'String',
          StringValue: 'every/rate(5 minutes)/<aws.scheduler.scheduled-time>',
        },
      },
    });
    expect(capabilitiesByResource(template, 'EveryRole')).toEqual({
      'RequestsQueue.Arn': ['sqs:SendMessage'],
    });
  });

  test('have the body of their schedule', () => {
    const every = [
      { schedule: 'cron(0 6 * * ? *)', timeZone: 'Europe/Berlin', body: { of: 'day' } },
      { schedule: '1 hour', body: { of: 'hour' } },
    ];
    expect(inputOf({ every }).MessageBody).toBe('{"of":"day"}');
    expect(inputOf({ every })).toMatchObject({
      MessageAttributes: {
        id: { StringValue: 'every/cron(0 6 * * ? *) Europe/Berlin/<aws.scheduler.scheduled-time>' },
      },
    });
    expect(inputOf({ every }, 'Every2').MessageBody).toBe('{"of":"hour"}');
  });

  test.each([
    [{ every: 'cron(0 0 31 2 ? *)' }, /feed\.every: the schedule cron\(0 0 31 2 \? \*\) never comes/],
    [{ every: ['1 hour', '20 seconds'] }, /feed\.every\[1\]: the schedule "20 seconds" is not valid/],
    [{ every: ['1 hour', 'rate(1 hour)'] }, /has the schedule rate\(1 hour\) twice/],
    [{ every: { schedule: '1 hour', timeZone: 'Mars' } }, /the time zone "Mars" is not known/],
    [{ every: { schedule: '1 hour', body: () => 1 } }, /its body is no JSON/],
  ])('of an invalid schedule are refused at synth by name: %j', (feed, sentence) => {
    const asGiven = feed as Feed;
    expect(() => tallyTemplate({ feed: asGiven })).toThrow(sentence);
    expect(() => tallyTemplate({ feed: asGiven })).toThrow(/^tally-test\/Pipeline: /);
  });
});

describe('recurring pauses', () => {
  const night = {
    part: 'reads',
    from: 'cron(0 22 * * ? *)',
    to: 'cron(0 6 * * ? *)',
    timeZone: 'Europe/Berlin',
  } as const;

  test('switch the mapping off and on by two schedules, with a role for that only', () => {
    const template = tallyTemplate({ pauses: [night] });
    for (const [id, expression, enabled] of [
      ['Pause0Begins', night.from, false],
      ['Pause0Ends', night.to, true],
    ] as const) {
      const properties = propertiesOf(template, id);
      expect(properties).toMatchObject({
        ScheduleExpression: expression,
        ScheduleExpressionTimezone: 'Europe/Berlin',
      });
      expect(JSON.stringify(properties['Target'])).toContain(
        'arn:aws:scheduler:::aws-sdk:lambda:updateEventSourceMapping',
      );
      expect(JSON.stringify(properties['Target'])).toContain(`\\"Enabled\\":${enabled}`);
      expect(JSON.stringify(properties['Target'])).toContain('"ReaderMapping","Id"');
    }
    expect(capabilitiesByResource(template, 'BrakeRole')).toEqual({
      'ComputeMapping.EventSourceMappingArn': ['lambda:UpdateEventSourceMapping'],
      'ReaderMapping.EventSourceMappingArn': ['lambda:UpdateEventSourceMapping'],
      'WriterMapping.EventSourceMappingArn': ['lambda:UpdateEventSourceMapping'],
    });
  });

  test.each([
    [{ ...night, from: '1 hour' }, /pauses\[0\] of reads: a rate has no time of day/],
    [{ ...night, to: 'cron(0 25 * * ? *)' }, /pauses\[0\] of reads, when it ends: .* is not valid/],
    [
      { ...night, to: 'cron(0 0 1 1 ? 2028)' },
      /the pause of .* ends 2027-12-31T23:00:00.000Z; at most 312 hours are allowed/,
    ],
    [
      { ...night, part: 'writes', to: 'cron(0 18 * * ? *)' },
      /pauses\[0\] of writes: .* at most 19 hours are allowed/,
    ],
  ] as const)(
    'longer than the retention of messages, or without an end, are refused: %j',
    (pause, sentence) => {
      expect(() => tallyTemplate({ pauses: [pause] })).toThrow(sentence);
    },
  );
});

test('schedules, pauses and a budget together pass the validation of CloudFormation and the rules of cdk-nag', () => {
  const pauses = [{ part: 'computes', from: 'cron(0 22 ? * SAT *)', to: 'cron(0 6 ? * SUN *)' }] as const;
  const asked = { feed: { every: '5 minutes' }, pauses, budget: { usdPerHour: 2 } };
  expect(() => tallyTemplate({ ...asked, validate: true })).not.toThrow();
  expect(Object.keys(resourcesOf(tallyTemplate(asked), 'AWS::Scheduler::Schedule'))).toHaveLength(3);
});

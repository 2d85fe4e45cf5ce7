import { describe, expect, test } from 'vitest';
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import type { Feed } from '../../infra/feed.ts';
import type { ScheduledPause } from '../../infra/pauses.ts';
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
    [{ every: '5 min' }, /feed\.every: the schedule "5 min" is not valid: write '5 minutes'/],
    [{ every: '0 minutes' }, /feed\.every: the schedule "0 minutes" is not valid: the shortest is 1 minute/],
    [{ every: {} }, /feed\.every: its schedule is undefined: write '5 minutes'/],
    [{ evry: '5 minutes' }, /feed\.evry is no feed: did you mean every\?/],
    ['5 minutes', /feed is a string: use an object, feed: \{ every: '5 minutes' \}/],
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
    [
      { ...night, from: '2026-12-01T06:00Z' },
      /pauses\[0\] of reads, when it begins: from is "2026-12-01T06:00Z", a string: write cron\(.*for one pause use weir pause --until TIME/,
    ],
    [{ ...night, to: undefined }, /pauses\[0\] of reads, when it ends: to is undefined: write cron\(/],
    [
      { ...night, from: 'cron(0 0 2 1 ? 2020)', to: 'cron(0 0 3 1 ? 2020)' },
      /pauses\[0\] of reads, when it begins: the schedule .* never comes/,
    ],
    [
      { ...night, from: 'cron(0 0 2 1 ? 2090)', to: 'cron(0 0 1 1 ? 2090)' },
      /pauses\[0\] of reads: the pause of 2090-01-01T23:00:00.000Z never ends/,
    ],
    [
      { ...night, to: night.from },
      /pauses\[0\] of reads begins again at .*, when it ends: .* leave a minute between them/,
    ],
    [
      { ...night, part: 'reeds' },
      /pauses\[0\]\.part is "reeds", a string: use one of reads, backfill, computes, writes/,
    ],
  ])(
    'that are too long, past, reversed, without an end or not cron expressions are refused at synth: %j',
    (pause, sentence) => {
      const asGiven = pause as ScheduledPause;
      expect(() => tallyTemplate({ pauses: [asGiven] })).toThrow(sentence);
    },
  );

  test('of one part that meet are refused, because the end of one would resume what the other pauses', () => {
    const noon = { ...night, from: 'cron(0 11 * * ? *)', to: 'cron(0 12 * * ? *)' };
    const inTheNight = { ...night, from: 'cron(0 2 * * ? *)', to: 'cron(0 3 * * ? *)' };
    const next = { ...night, from: night.to, to: 'cron(0 7 * * ? *)' };
    for (const second of [inTheNight, next]) {
      expect(() => tallyTemplate({ pauses: [night, second] })).toThrow(
        /pauses\[1\] of reads begins at .*, and pauses\[0\] of reads ends at .*make one pause of both/,
      );
    }
    const backfill = { readersMax: 2, share: 0.5 };
    const ofLane = { ...inTheNight, part: 'backfill' } as const;
    expect(() => tallyTemplate({ backfill, pauses: [night, ofLane] })).toThrow(
      /pauses\[1\] of backfill begins/,
    );
    const sameNight = { ...night, part: 'backfill' } as const;
    expect(() => tallyTemplate({ backfill, pauses: [night, noon, sameNight] })).not.toThrow();
    const others = { ...inTheNight, part: 'computes' } as const;
    expect(() => tallyTemplate({ pauses: [night, noon, others] })).not.toThrow();
  });

  test('that are no list are refused', () => {
    const one = night as unknown as ScheduledPause[];
    expect(() => tallyTemplate({ pauses: one })).toThrow('pauses is an object: use a list, pauses: [{ part');
  });
});

test('schedules, pauses and a budget together pass the validation of CloudFormation and the rules of cdk-nag', () => {
  const pauses = [{ part: 'computes', from: 'cron(0 22 ? * SAT *)', to: 'cron(0 6 ? * SUN *)' }] as const;
  const asked = { feed: { every: '5 minutes' }, pauses, budget: { usdPerHour: 2 } };
  expect(() => tallyTemplate({ ...asked, validate: true })).not.toThrow();
  expect(Object.keys(resourcesOf(tallyTemplate(asked), 'AWS::Scheduler::Schedule'))).toHaveLength(3);
});

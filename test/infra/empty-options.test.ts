import { expect, test } from 'vitest';
import { type TallyOptions, tallyTemplate } from './tally-template.ts';

/** Options as an app in JavaScript may give them. */
const given = (options: object): TallyOptions => options;
const every = (every: unknown) => ({ feed: { every } });
const events = (pattern: unknown, body?: unknown) => ({ feed: { events: { pattern, body } } });
const SHOP = { source: ['shop'] };

test.each<[string, object, RegExp]>([
  [
    'no feed',
    { feed: {} },
    /feed is an empty object: give it one of bucket, events, every, .* or leave feed out/,
  ],
  [
    'a feed that is undefined',
    every(undefined),
    /feed has no feed, because every is undefined: give it one of/,
  ],
  ['no schedule', every([]), /feed\.every is an empty list: give it '5 minutes', or leave it out/],
  ['no queue', { feed: { queue: [] } }, /feed\.queue is an empty list: give it a queue of the CDK/],
  ['no topic', { feed: { topic: [] } }, /feed\.topic is an empty list/],
  ['no table', { feed: { dynamoStream: [] } }, /feed\.dynamoStream is an empty list/],
  ['no stream', { feed: { kinesis: [] } }, /feed\.kinesis is an empty list/],
  ['no Kafka topic', { feed: { kafka: [] } }, /feed\.kafka is an empty list/],
  ['a schedule that is null', every(['1 day', null]), /feed\.every\[1\]: it is null: write '5 minutes'/],
  ['a number for a schedule', every(5), /feed\.every: it is 5: write '5 minutes'/],
  ['a schedule without times', every({ body: 1 }), /feed\.every: its schedule is undefined: write/],
  [
    'an unknown word of a schedule',
    every({ schedule: '1 day', boddy: 1 }),
    /feed\.every: boddy is no option: did you mean body\?/,
  ],
  [
    'a time zone in hours',
    every({ schedule: '1 day', timeZone: 2 }),
    /its timeZone is 2: write one such as Europe/,
  ],
  ['a body that is no JSON', every({ schedule: '1 day', body: 1n }), /feed\.every: its body is no JSON/],
  [
    'a body that no schedule can carry',
    every({ schedule: '1 day', body: 'x'.repeat(262_000) }),
    /feed\.every: its body makes a call of 262\d{3} bytes, and EventBridge Scheduler takes 262144: let the body name the place/,
  ],
  [
    'a bucket without a name',
    { feed: { bucket: {} } },
    /feed\.bucket\.name is undefined: give the name of a bucket/,
  ],
  [
    'a bucket with an empty name',
    { feed: { bucket: { name: '' } } },
    /feed\.bucket\.name is "", a string: give the name/,
  ],
  [
    'the name of a bucket alone',
    { feed: { bucket: 'logs' } },
    /feed\.bucket is "logs", a string: use \{ name: 'access-logs'/,
  ],
  [
    'a prefix that is no text',
    { feed: { bucket: { name: 'a', prefix: 5 } } },
    /feed\.bucket\.prefix is 5: give text/,
  ],
  [
    'events without a pattern',
    { feed: { events: {} } },
    /feed\.events\.pattern is undefined: name what the events have in common/,
  ],
  ['an empty pattern', events({}), /feed\.events\.pattern is an empty object: name what/],
  [
    'a pattern without values',
    events({ detail: { kind: [] } }),
    /feed\.events\.pattern\.detail\.kind is an empty list: EventBridge takes a list of values/,
  ],
  [
    'a value instead of a list',
    events({ source: 'shop' }),
    /pattern\.source is "shop", a string: EventBridge takes a list of values, such as source: \['shop'\]/,
  ],
  [
    'a body without fields',
    events(SHOP, {}),
    /feed\.events\.body is an empty object: name the fields of a request/,
  ],
  [
    'a field that is no text',
    events(SHOP, { order: 5 }),
    /feed\.events\.body\.order is 5: use text, a path such as '\$\.detail\.order'/,
  ],
  [
    'a body of events that is too long',
    events(SHOP, { order: 'x'.repeat(9_000) }),
    /feed\.events\.body has 0 paths in 90\d\d characters, and EventBridge takes 100 in 8192/,
  ],
  [
    'an unknown group of settings',
    { settings: { readr: {} } },
    /settings\.readr is not a group of settings, use one of: requests/,
  ],
  [
    'an unknown setting',
    { settings: { reader: { timeout: 5 } } },
    /settings\.reader\.timeout is not a setting, use one of: .*timeoutSeconds/,
  ],
  ['a list of settings', { settings: [] }, /settings is \[\], use an object/],
  ['a group that is null', { settings: { reader: null } }, /settings\.reader is null, use an object/],
  ['a budget that is null', { budget: null }, /budget is null: use an object, budget: \{ usdPerHour: 5 \}/],
  ['an empty budget', { budget: {} }, /budget\.usdPerHour is undefined: give a number of USD/],
  ['a pause that is null', { pauses: [null] }, /pauses\[0\] is null: use \{ part, from, to \}/],
  ['places to read from that are no list', { readFrom: {} }, /readFrom is an object: use a list, readFrom:/],
  [
    'a place to read from without a bucket',
    { readFrom: [{}] },
    /readFrom\[0\]\.bucketName is undefined: use a list/,
  ],
  ['a topic without a name', { alarmTopicArn: '' }, /alarmTopicArn is "": give it the ARN of an SNS topic/],
  ['a topic that is no ARN', { alarmTopicArn: 'on-call' }, /alarmTopicArn is "on-call": give it the ARN/],
  [
    'the value of a secret, which the error does not repeat',
    { secrets: { TOKEN: 'abc' } },
    /secrets\.TOKEN is a string: give it a Secret or a StringParameter of the CDK$/,
  ],
  ['a secret that is undefined', { secrets: { TOKEN: undefined } }, /secrets\.TOKEN is undefined: give it/],
])(
  'an option that would do nothing, or could not be deployed, is refused at synth with the way out: %s',
  (_, options, sentence) => {
    expect(() => tallyTemplate(given(options))).toThrow(sentence);
  },
);

test.each([
  { settings: {} },
  { settings: { reader: {} } },
  { pauses: [] },
  { readFrom: [] },
  { environment: {} },
  { secrets: {} },
])('an empty option that means none or the default changes nothing: %j', (options) => {
  expect(tallyTemplate(given(options))).toEqual(tallyTemplate());
});

/**
 * docs/messages.md: the content of the messages. The types guarantee that no field is missing; the codecs
 * make the examples.
 */
import { defaultLimits } from '../../../functions/limits.ts';
import { outgoingRequest } from '../../../functions/outgoing-request.ts';
import { packReadings } from '../../../functions/pack.ts';
import {
  CHAINED_FORMAT,
  COMPRESSED_FORMAT,
  FORMAT_OF_KIND,
  PARTIAL_FORMAT,
  type ReadingsMessage,
} from '../../../functions/readings.ts';
import { deadRequest, REQUEST_ATTRIBUTES } from '../../../functions/requests.ts';
import { GENERATED, table } from './tables.ts';

type Words<Name extends PropertyKey> = Readonly<Record<Name, string>>;

const ATTRIBUTES: Words<keyof typeof REQUEST_ATTRIBUTES> = {
  id: 'the id of the request, chosen by the sender: 1 to 512 characters. Two requests with one id are one request',
  messageId:
    'the SQS message id of its first message, if no id is known; for a record of a feed its position',
  since: 'none of its readings was sent before this time (epoch ms)',
  tried: 'attempts before it was sent again, while it waited for its source',
  firstSent: 'when its first message was sent (epoch ms)',
  stage: 'in a dead letter: where it failed, `feed`, `read`, `compute` or `decode`',
  reason: 'in a dead letter: the reason, at most 500 characters',
  attempts: 'in a dead letter: how often it was received',
  lane: 'in a dead letter: `backfill` if it came from the backfill queue',
  chain: 'of a request that a read or a write submitted: `HOPS/LEFT/FIRST-ID`',
  traceparent:
    'the W3C trace context of the sender ([tracing](tracing.md)); ignored if the pipeline has no `trace`',
  tracestate: 'the rest of that context; at most 512 characters',
  editedFrom: 'of a request that an operator edited: the id that it had before (`weir dead edit`)',
};

const FIELDS: Words<keyof ReadingsMessage | 'v' | 'packed'> = {
  v: `format: ${formats()}; ${COMPRESSED_FORMAT} for \`readings\` that are compressed; ${CHAINED_FORMAT} for \`readings\` with \`chain\`; ${PARTIAL_FORMAT} for a partial`,
  kind: 'the kind, left out for `readings`; `tombstone` stands for a request that sends no readings',
  request: 'the id of the request; in a command its own id',
  since: 'the same as the attribute of the request',
  key: 'the key',
  chunk: 'the place of this message among those of the request for this key, from 0',
  of: 'how many messages carry the readings of the request for this key',
  sequence: "with `order: 'request'`: the place of the request in its key's order",
  start: 'with `startsAt`: the first place of the key',
  follows: 'with `follows`: the place before its own, if the places in between stay empty',
  read: 'a fingerprint of all readings of the request for this key',
  index: 'in a dead letter of one reading: its place in the message that it came from',
  chain:
    'for a request that a read or a write submitted: the share of its attribute for each of its readings',
  traceparent: 'with `trace`: the trace of the request. A build that does not know it ignores it',
  tracestate: 'the rest of that trace',
  stop: 'in `resume` and `skip`: the reading at which the key is stopped',
  reason: "in `forget` and `reset`: the operator's reason",
  to: 'in `reset`: the new state as text, and the version of its shape',
  partial:
    'in format 7: the number of readings in the partial, and the version of its shape; `readings` then holds only the partial',
  readings: 'the readings; left out if they are `packed`',
  packed:
    'in format 4, and in formats 5 and 7 if this is smaller: the JSON of the list of readings, compressed (raw DEFLATE, RFC 1951) and in base64',
};

/** Which format each kind of message has. */
function formats(): string {
  const kinds = Map.groupBy(Object.entries(FORMAT_OF_KIND), ([, format]) => format);
  return [...kinds]
    .sort(([a], [b]) => a - b)
    .map(([format, names]) => `${format} for ${names.map(([name]) => `\`${name}\``).join(', ')}`)
    .join('; ');
}

export function messagesPage(): string {
  return [
    '# Messages',
    '',
    GENERATED,
    '',
    'The messages on the queues, for programs and people that send or read them without Weir. The [items of the table](item-format.md) have a page of their own.',
    '',
    ...requests(),
    ...readings(),
    ...others(),
  ].join('\n');
}

function requests(): string[] {
  const { body, attributes } = outgoingRequest({ id: 'july', body: { url: 'https://example.com/july' } });
  return [
    '## Requests',
    '',
    'A standard queue. The body is the JSON that the schema of the pipeline takes. A sender may set the attribute `id`, and a message group (the tenant of a fair queue). ' +
      'All attributes are strings. Weir sets the others when it sends a request again or sets it aside.',
    '',
    '```json',
    JSON.stringify({ body, attributes }),
    '```',
    '',
    table(
      ['attribute', 'what it is'],
      Object.entries(ATTRIBUTES).map(([name, words]) => [`\`${name}\``, words]),
    ),
    '',
    'A request in the dead-letter queue has the body as it was:',
    '',
    '```json',
    JSON.stringify(exampleOfDead()),
    '```',
    '',
  ];
}

function exampleOfDead(): object {
  const message = {
    messageId: '5f0c6e1a-0000-4000-8000-000000000000',
    receiptHandle: '',
    body: '{"url":7}',
    receiveCount: 1,
    sentAt: 1_790_000_000_000,
    group: '',
    sequenceNumber: '',
    attributes: { [REQUEST_ATTRIBUTES.id]: 'august' },
  };
  const pipeline = { requestId: undefined, limits: defaultLimits };
  return deadRequest(
    message,
    new Error('request does not fit the schema of bills: at url: …'),
    undefined,
    pipeline,
  );
}

function readings(): string[] {
  const origin = { id: 'july', since: 1_790_000_000_000 };
  const packed = packReadings(origin, [{ room: 'a', celsius: 20.5 }], () => 'a');
  const [message] = [...packed.values()].flat();
  return [
    '## Readings',
    '',
    'A FIFO queue. The message group is the key, or a hash of the key if SQS does not accept it. Only Weir may write to this queue: a message of another program is set aside.',
    '',
    '```json',
    message?.body ?? '',
    '```',
    '',
    table(
      ['field', 'what it is'],
      Object.entries(FIELDS).map(([name, words]) => [`\`${name}\``, words]),
    ),
    '',
    'A message is at most 256 KiB. A build that meets a newer format gives the message back, so that the newer build can take it.',
    '',
    'A **parked** message is in the table, in the item `parked/...`, with its body unchanged.',
    '',
    'A reading in the dead-letter queue is a message with that one reading, its place as `index`, and the attributes `stage`, `reason` and `attempts`. A whole message is set aside unchanged.',
    '',
  ];
}

function others(): string[] {
  return [
    '## Outputs and results',
    '',
    'Outputs leave through the stream of the table: the item of the key has them in `outputs`, and output n of a commit has the id `KEY/VERSION/n`. `write` gets them as `{ id, key, version, output }`.',
    '',
    'The format of a message on the results queue is up to `write`. In the sample the body is the output as JSON, and the attribute `id` is its id. Delivery is at least once: drop repeats by `id`.',
    '',
    'Outputs that `write` refused too often are in the bucket for undelivered outputs, in the form that ' +
      '[Lambda writes](https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html): the records of the stream in `payload`, and the reason in `requestContext.condition`. ' +
      '`weir dead redrive` sends them to `write` again.',
    '',
  ];
}

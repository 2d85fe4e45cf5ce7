/**
 * Weir's requirements on SQS, tested through the AWS SDK: the same suite runs on the local model and on the
 * engine that AWS_ENDPOINT_URL_SQS names. No test depends on how long anything takes; behaviour that takes
 * hours is tested on the model with a virtual clock (test/model/queue/).
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

export interface QueueService {
  readonly client: SQSClient;
  /** Attributes as CreateQueue has them. Answers with the URL. */
  createQueue(name: string, attributes: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

const MIB = 1_048_576;

export function describeQueueContract(name: string, connect: () => Promise<QueueService>): void {
  describe(name, () => {
    let service: QueueService;
    let standard: string;
    let fifo: string;
    let count = 0;

    beforeAll(async () => {
      service = await connect();
    });
    afterAll(async () => {
      await service.close();
    });
    beforeEach(async () => {
      count += 1;
      const unique = `contract-${Date.now()}-${count}`;
      standard = await service.createQueue(unique, {});
      fifo = await service.createQueue(`${unique}.fifo`, { FifoQueue: 'true' });
    });

    const send = (input: SendMessageCommandInput) => service.client.send(new SendMessageCommand(input));
    const sendTo = (group: string, body: string, deduplicationId = body) =>
      send({
        QueueUrl: fifo,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: deduplicationId,
      });
    const receive = async (queueUrl: string, input: Partial<ReceiveMessageCommandInput> = {}) => {
      const { Messages = [] } = await service.client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, ...input }),
      );
      return Messages;
    };
    const remove = (queueUrl: string, message: Message | undefined) =>
      service.client.send(
        new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message?.ReceiptHandle }),
      );
    const setVisibility = (queueUrl: string, message: Message | undefined, seconds: number) =>
      service.client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    const bodiesOf = (messages: readonly Message[]) => messages.map((message) => message.Body);

    describe('a message', () => {
      test('comes back as it was sent, emoji and escaped characters too', async () => {
        const body = JSON.stringify({ text: 'déjà 👩‍🚀 \u0000 \ud800 <&>\t\r\n' });
        const sent = await send({ QueueUrl: standard, MessageBody: body });
        const [received] = await receive(standard);
        expect(received).toMatchObject({ Body: body, MessageId: sent.MessageId });
      });

      test('brings its attributes only when they are asked for, by name, prefix or all', async () => {
        const attributes = {
          id: { DataType: 'String', StringValue: 'r-1' },
          'size.read': { DataType: 'Number', StringValue: '0012.50' },
          'size.raw': { DataType: 'Binary.gif', BinaryValue: Uint8Array.of(0, 255, 128) },
        };
        await send({ QueueUrl: standard, MessageBody: 'x', MessageAttributes: attributes });
        const ask = async (names: string[] | undefined) => {
          const [message] = await receive(standard, { MessageAttributeNames: names });
          await setVisibility(standard, message, 0);
          return message?.MessageAttributes;
        };
        expect(await ask(undefined)).toBeUndefined();
        expect(await ask(['id'])).toEqual({ id: attributes.id });
        expect(Object.keys((await ask(['size.*'])) ?? {}).sort()).toEqual(['size.raw', 'size.read']);
        expect(await ask(['All'])).toEqual(attributes);
      });

      test('brings its system attributes only when they are asked for', async () => {
        await send({
          QueueUrl: standard,
          MessageBody: 'x',
          MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
        });
        const [plain] = await receive(standard, { VisibilityTimeout: 0 });
        expect(plain?.Attributes).toBeUndefined();
        const [full] = await receive(standard, { MessageSystemAttributeNames: ['All'] });
        expect(full?.Attributes).toMatchObject({
          ApproximateReceiveCount: '2',
          AWSTraceHeader: 'Root=1-2-3',
        });
        expect(Number(full?.Attributes?.['ApproximateFirstReceiveTimestamp'])).toBeGreaterThanOrEqual(
          Number(full?.Attributes?.['SentTimestamp']),
        );
      });

      test('of 1 MiB is taken, one byte more is refused, counted in bytes and with the attributes', async () => {
        await send({ QueueUrl: standard, MessageBody: 'é'.repeat(MIB / 2) });
        await expect(
          send({ QueueUrl: standard, MessageBody: `x${'é'.repeat(MIB / 2)}` }),
        ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
        await expect(
          send({
            QueueUrl: standard,
            MessageBody: 'x'.repeat(MIB),
            MessageAttributes: { a: { DataType: 'String', StringValue: 'a' } },
          }),
        ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
      });

      test.each(['\u0000', '\u000b', '\uffff', '\ufffe'])(
        'holding the character %j is refused',
        async (bad) => {
          await expect(send({ QueueUrl: standard, MessageBody: `a${bad}b` })).rejects.toMatchObject({
            name: 'InvalidMessageContents',
          });
        },
      );

      test('that is empty or whose queue does not exist is refused', async () => {
        await expect(send({ QueueUrl: standard, MessageBody: '' })).rejects.toMatchObject({
          name: 'MissingParameter',
        });
        await expect(send({ QueueUrl: `${standard}-not`, MessageBody: 'x' })).rejects.toBeInstanceOf(
          QueueDoesNotExist,
        );
      });
    });

    describe('a batch', () => {
      const sendBatch = (queueUrl: string, entries: { id: string; body: string; group?: string }[]) =>
        service.client.send(
          new SendMessageBatchCommand({
            QueueUrl: queueUrl,
            Entries: entries.map(({ id, body, group }) => ({
              Id: id,
              MessageBody: body,
              ...(queueUrl === fifo && { MessageGroupId: group, MessageDeduplicationId: body }),
            })),
          }),
        );

      test('is answered entry by entry: a bad one fails alone', async () => {
        const { Successful, Failed } = await sendBatch(fifo, [
          { id: 'a', body: 'a', group: 'g' },
          { id: 'b', body: 'b', group: 'not a group' },
          { id: 'c', body: 'c', group: 'g' },
        ]);
        expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
        expect(Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameterValue', SenderFault: true }]);
        expect(bodiesOf(await receive(fifo))).toEqual(['a', 'c']);
      });

      test('of a FIFO queue keeps the order of its entries', async () => {
        const entries = ['5', '3', '1', '4', '2'].map((body) => ({ id: body, body, group: 'g' }));
        await sendBatch(fifo, entries);
        expect(bodiesOf(await receive(fifo))).toEqual(['5', '3', '1', '4', '2']);
      });

      test('may hold 1 MiB in all, not in each entry', async () => {
        const half = 'x'.repeat(MIB / 2);
        await sendBatch(standard, [
          { id: 'a', body: half },
          { id: 'b', body: half },
        ]);
        await expect(
          sendBatch(standard, [
            { id: 'a', body: half },
            { id: 'b', body: `${half}x` },
          ]),
        ).rejects.toMatchObject({ name: 'BatchRequestTooLong' });
      });

      test.each([
        ['EmptyBatchRequest', []],
        ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, index) => `${index}`)],
        ['BatchEntryIdsNotDistinct', ['a', 'a']],
        ['InvalidBatchEntryId', ['a b']],
        ['InvalidBatchEntryId', ['x'.repeat(81)]],
      ])('that is wrong as a whole is refused as a whole: %s', async (error, entryIds) => {
        await expect(
          sendBatch(
            standard,
            entryIds.map((id) => ({ id, body: 'x' })),
          ),
        ).rejects.toMatchObject({ name: error });
        expect(await receive(standard)).toEqual([]);
      });
    });

    describe('a FIFO queue', () => {
      test('hands out up to ten messages of one group, in order, then tops up from others', async () => {
        for (const body of ['a0', 'a1', 'a2', 'a3', 'a4', 'a5']) await sendTo('a', body);
        for (const body of ['b0', 'b1', 'b2', 'b3', 'b4', 'b5']) await sendTo('b', body);
        const messages = bodiesOf(await receive(fifo));
        expect(messages).toHaveLength(10);
        expect(messages.filter((body) => body?.startsWith('a'))).toEqual([
          'a0',
          'a1',
          'a2',
          'a3',
          'a4',
          'a5',
        ]);
        expect(messages.filter((body) => body?.startsWith('b'))).toEqual(['b0', 'b1', 'b2', 'b3']);
      });

      test('locks a group until all its messages in flight are deleted; other groups go on', async () => {
        for (const body of ['a0', 'a1', 'a2']) await sendTo('a', body);
        const [a0, a1] = await receive(fifo, { MaxNumberOfMessages: 2 });
        await sendTo('b', 'b0');
        expect(bodiesOf(await receive(fifo))).toEqual(['b0']);
        await remove(fifo, a0);
        expect(await receive(fifo)).toEqual([]);
        await remove(fifo, a1);
        expect(bodiesOf(await receive(fifo))).toEqual(['a2']);
      });

      test('hands a message that came back out before those sent after it', async () => {
        for (const body of ['a0', 'a1', 'a2', 'a3']) await sendTo('a', body);
        const [a0, a1, a2] = await receive(fifo, { MaxNumberOfMessages: 3 });
        await remove(fifo, a0);
        await setVisibility(fifo, a2, 0);
        await setVisibility(fifo, a1, 0);
        const again = await receive(fifo, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
        expect(bodiesOf(again)).toEqual(['a1', 'a2', 'a3']);
        expect(again.map(({ Attributes }) => Attributes?.['ApproximateReceiveCount'])).toEqual([
          '2',
          '2',
          '1',
        ]);
      });

      test('takes a deduplication id once, and remembers it when the message is deleted', async () => {
        const first = await sendTo('a', 'first', 'id');
        const again = await sendTo('b', 'again', 'id');
        expect(again).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
        const [message] = await receive(fifo);
        await remove(fifo, message);
        await sendTo('a', 'later', 'id');
        expect(await receive(fifo)).toEqual([]);
      });

      test('with deduplication by group takes the same id once in each group', async () => {
        const queueUrl = await service.createQueue(`contract-${Date.now()}-${count}-scope.fifo`, {
          FifoQueue: 'true',
          DeduplicationScope: 'messageGroup',
          FifoThroughputLimit: 'perMessageGroupId',
        });
        for (const group of ['a', 'b', 'a']) {
          await send({
            QueueUrl: queueUrl,
            MessageBody: group,
            MessageGroupId: group,
            MessageDeduplicationId: 'same',
          });
        }
        expect(bodiesOf(await receive(queueUrl)).sort()).toEqual(['a', 'b']);
      });

      test('with content-based deduplication takes the same body once', async () => {
        const queueUrl = await service.createQueue(`contract-${Date.now()}-${count}-content.fifo`, {
          FifoQueue: 'true',
          ContentBasedDeduplication: 'true',
        });
        for (const body of ['x', 'y', 'x']) {
          await send({ QueueUrl: queueUrl, MessageBody: body, MessageGroupId: 'g' });
        }
        expect(bodiesOf(await receive(queueUrl))).toEqual(['x', 'y']);
      });

      test('numbers messages with growing numbers of one length, at sending and at receiving', async () => {
        const sent = [await sendTo('a', '1'), await sendTo('a', '2'), await sendTo('a', '3')];
        const numbers = sent.map(({ SequenceNumber }) => SequenceNumber ?? '');
        expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
        expect([...new Set(numbers)].sort()).toEqual(numbers);
        const received = await receive(fifo, { MessageSystemAttributeNames: ['All'] });
        expect(received.map(({ Attributes }) => Attributes?.['SequenceNumber'])).toEqual(numbers);
        expect(received[0]?.Attributes).toMatchObject({ MessageGroupId: 'a', MessageDeduplicationId: '1' });
      });

      test.each([
        ['no group', 'MissingParameter', { MessageDeduplicationId: 'x' }],
        ['no deduplication id', 'InvalidParameterValue', { MessageGroupId: 'g' }],
        [
          'a space in its group',
          'InvalidParameterValue',
          { MessageGroupId: 'g g', MessageDeduplicationId: 'x' },
        ],
        [
          'an accent in its deduplication id',
          'InvalidParameterValue',
          { MessageGroupId: 'g', MessageDeduplicationId: 'é' },
        ],
        [
          'a group of 129 characters',
          'InvalidParameterValue',
          { MessageGroupId: 'g'.repeat(129), MessageDeduplicationId: 'x' },
        ],
        [
          'a delay of its own',
          'InvalidParameterValue',
          { MessageGroupId: 'g', MessageDeduplicationId: 'x', DelaySeconds: 5 },
        ],
      ])('refuses a message with %s', async (_what, error, fields) => {
        await expect(send({ QueueUrl: fifo, MessageBody: 'x', ...fields })).rejects.toMatchObject({
          name: error,
        });
      });

      test('takes ids of 128 characters with all of ASCII punctuation', async () => {
        const id = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'.padEnd(128, 'x');
        await sendTo(id, 'body', id);
        const [message] = await receive(fifo, { MessageSystemAttributeNames: ['All'] });
        expect(message?.Attributes).toMatchObject({ MessageGroupId: id, MessageDeduplicationId: id });
      });

      test('refuses to delete with a handle that has expired', async () => {
        await sendTo('a', 'a0');
        const [message] = await receive(fifo);
        await setVisibility(fifo, message, 0);
        await expect(remove(fifo, message)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
        expect(bodiesOf(await receive(fifo))).toEqual(['a0']);
      });
    });

    describe('a standard queue', () => {
      test('keeps the message group, and locks nothing by it', async () => {
        for (const body of ['a0', 'a1']) {
          await send({ QueueUrl: standard, MessageBody: body, MessageGroupId: 'tenant' });
        }
        const [first] = await receive(standard, {
          MaxNumberOfMessages: 1,
          MessageSystemAttributeNames: ['MessageGroupId'],
        });
        expect(first?.Attributes).toEqual({ MessageGroupId: 'tenant' });
        expect(await receive(standard)).toHaveLength(1);
      });

      test('refuses a deduplication id', async () => {
        await expect(
          send({ QueueUrl: standard, MessageBody: 'x', MessageDeduplicationId: 'x' }),
        ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
      });

      test('deletes by a handle that has lapsed, unless the message was received again since', async () => {
        await send({ QueueUrl: standard, MessageBody: 'x' });
        const [first] = await receive(standard);
        await setVisibility(standard, first, 0);
        const [second] = await receive(standard);
        await remove(standard, first);
        await setVisibility(standard, second, 0);
        const [third] = await receive(standard, { VisibilityTimeout: 0 });
        expect(third?.Body).toBe('x');
        await remove(standard, third);
        expect(await receive(standard)).toEqual([]);
      });
    });

    describe('a receipt handle', () => {
      test('deletes twice without complaint', async () => {
        await send({ QueueUrl: standard, MessageBody: 'x' });
        const [message] = await receive(standard);
        await remove(standard, message);
        await remove(standard, message);
        expect(await receive(standard)).toEqual([]);
      });

      test('that SQS never gave is refused; in a batch it fails alone', async () => {
        await send({ QueueUrl: standard, MessageBody: 'x' });
        const [message] = await receive(standard);
        await expect(remove(standard, { ReceiptHandle: 'nonsense' })).rejects.toMatchObject({
          name: 'ReceiptHandleIsInvalid',
        });
        const { Successful, Failed } = await service.client.send(
          new DeleteMessageBatchCommand({
            QueueUrl: standard,
            Entries: [
              { Id: 'bad', ReceiptHandle: 'nonsense' },
              { Id: 'good', ReceiptHandle: message?.ReceiptHandle },
            ],
          }),
        );
        expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
        expect(Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid' }]);
      });

      test('changes the visibility only of a message in flight', async () => {
        await send({ QueueUrl: standard, MessageBody: 'x' });
        const [message] = await receive(standard);
        await setVisibility(standard, message, 0);
        await expect(setVisibility(standard, message, 10)).rejects.toMatchObject({
          name: 'MessageNotInflight',
        });
        const [again] = await receive(standard);
        await remove(standard, again);
        await expect(setVisibility(standard, again, 10)).rejects.toMatchObject({
          name: 'InvalidParameterValue',
        });
      });
    });

    describe('a long poll', () => {
      test('waits for a message; one of several gets it, the others nothing', async () => {
        const poll = () => Array.from({ length: 4 }, () => receive(standard, { WaitTimeSeconds: 1 }));
        const polls = poll();
        await send({ QueueUrl: standard, MessageBody: 'x' });
        let received = (await Promise.all(polls)).flat();
        // On a busy machine the polls were over before the message came.
        while (received.length === 0) received = (await Promise.all(poll())).flat();
        expect(bodiesOf(received)).toEqual(['x']);
      });

      test('that its caller gave up takes no message', async () => {
        const gone = new AbortController();
        const poll = service.client.send(
          new ReceiveMessageCommand({ QueueUrl: standard, WaitTimeSeconds: 20 }),
          { abortSignal: gone.signal },
        );
        await new Promise((resolve) => setTimeout(resolve, 200));
        gone.abort();
        await expect(poll).rejects.toMatchObject({ name: 'AbortError' });
        await new Promise((resolve) => setTimeout(resolve, 200));
        await send({ QueueUrl: standard, MessageBody: 'x' });
        expect(bodiesOf(await receive(standard, { WaitTimeSeconds: 20 }))).toEqual(['x']);
      });
    });

    describe('the queue itself', () => {
      test('is found by name, and tells its settings and counts', async () => {
        const name = standard.split('/').at(-1);
        expect(await service.client.send(new GetQueueUrlCommand({ QueueName: name }))).toMatchObject({
          QueueUrl: standard,
        });
        for (const body of ['x', 'y', 'z']) await send({ QueueUrl: standard, MessageBody: body });
        await receive(standard, { MaxNumberOfMessages: 1 });
        const { Attributes } = await service.client.send(
          new GetQueueAttributesCommand({ QueueUrl: standard, AttributeNames: ['All'] }),
        );
        expect(Attributes).toMatchObject({
          ApproximateNumberOfMessages: '2',
          ApproximateNumberOfMessagesNotVisible: '1',
          VisibilityTimeout: '30',
        });
        expect(Attributes?.['QueueArn']).toMatch(new RegExp(`:${name}$`));
      });

      test('is empty after a purge', async () => {
        await send({ QueueUrl: standard, MessageBody: 'x' });
        await service.client.send(new PurgeQueueCommand({ QueueUrl: standard }));
        expect(await receive(standard)).toEqual([]);
      });
    });

    test.each([false, true])(
      'what was received too often goes to the dead-letter queue with its content (FIFO: %s)',
      async (isFifo) => {
        const [ending, kind] = isFifo ? ['.fifo', { FifoQueue: 'true' }] : ['', {}];
        const name = `contract-${Date.now()}-${count}-redrive`;
        const dead = await service.createQueue(`${name}-dead${ending}`, kind);
        const { Attributes } = await service.client.send(
          new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
        );
        const deadLetterTargetArn = Attributes?.['QueueArn'];
        const queueUrl = await service.createQueue(`${name}${ending}`, {
          ...kind,
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
        });
        const { MessageId } = await send({
          QueueUrl: queueUrl,
          MessageBody: 'poison',
          MessageAttributes: { id: { DataType: 'String', StringValue: 'r-1' } },
          ...(isFifo && { MessageGroupId: 'g', MessageDeduplicationId: 'd' }),
        });
        for (let attempt = 0; attempt < 2; attempt += 1) {
          const [message] = await receive(queueUrl);
          await setVisibility(queueUrl, message, 0);
        }
        expect(await receive(queueUrl)).toEqual([]);
        const [message] = await receive(dead, {
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
          WaitTimeSeconds: 20,
        });
        expect(message).toMatchObject({
          Body: 'poison',
          MessageId,
          MessageAttributes: { id: { StringValue: 'r-1' } },
        });
        if (isFifo) {
          expect(message?.Attributes).toMatchObject({
            MessageGroupId: 'g',
            MessageDeduplicationId: MessageId,
          });
        }
      },
    );
  });
}

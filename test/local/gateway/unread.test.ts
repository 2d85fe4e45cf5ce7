import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import { accessKeyOf, OPERATOR } from '../../../local/gateway/call.ts';
import { createCalls } from '../../../local/gateway/call-counts.ts';
import { startGateway } from '../../../local/gateway/gateway.ts';
import { sqsBackend } from '../../../local/storage/queues.ts';
import { createQueue } from '../../../model/queue/queue.ts';

async function start() {
  const world = { clock: systemClock, random: Math.random };
  const arn = 'arn:aws:sqs:us-east-1:000000000000:requests';
  const queue = createQueue(
    { name: 'requests', arn, url: URL_OF_QUEUE, visibilityTimeoutMs: 3_600_000 },
    world,
  );
  for (const body of ['a', 'b']) queue.send({ body });
  const sqs = sqsBackend(new Map([['requests', queue]]), world);
  const gateway = await startGateway({ functions: [], sqs, dynamodb: sqs, calls: createCalls() });
  onTestFinished(() => gateway.close());
  return { queue, port: Number(new URL(gateway.url).port) };
}

const URL_OF_QUEUE = 'http://127.0.0.1/000000000000/requests';

function receive(port: number): Socket {
  const body = JSON.stringify({ QueueUrl: URL_OF_QUEUE, MaxNumberOfMessages: 10 });
  const socket = connect(port, '127.0.0.1');
  // What is not asked for stays unread in the kernel.
  socket.pause();
  socket.write(
    `POST / HTTP/1.1\r\nhost: local\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\n` +
      `authorization: AWS4-HMAC-SHA256 Credential=${accessKeyOf(OPERATOR)}/x\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

test('messages in an answer that its caller did not read are visible again at once, not after their visibility timeout', async () => {
  const { queue, port } = await start();
  const socket = receive(port);
  await expect.poll(() => queue.counts().inFlight).toBe(2);
  socket.destroy();
  await expect.poll(() => queue.counts().visible).toBe(2);
});

test('messages in an answer to a caller that was gone before it came are visible again at once', async () => {
  const { queue, port } = await start();
  const socket = receive(port);
  await once(socket, 'connect');
  socket.write('', () => socket.destroy());
  const seen = () => queue.list().map(({ status, receiveCount }) => `${status} ${receiveCount}`);
  await expect.poll(seen).toEqual(['visible 1', 'visible 1']);
});

test('messages in an answer that was read stay in flight when the connection is closed', async () => {
  const { queue, port } = await start();
  const socket = receive(port);
  socket.resume();
  await once(socket, 'data');
  socket.destroy();
  const second = receive(port);
  second.resume();
  await once(second, 'data');
  second.destroy();
  expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 2 });
});

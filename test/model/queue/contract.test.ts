import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../../../functions/aws/clock.ts';
import { createProtocol } from '../../../local/gateway/sqs/protocol.ts';
import { findQueue } from '../../../local/gateway/sqs/queue-actions.ts';
import { createQueue } from '../../../model/queue/queue.ts';
import type { Queue, QueueOptions } from '../../../model/queue/types.ts';
import { createRandom } from '../../../model/random.ts';
import { describeQueueContract, type QueueService } from '../../contract/queue.ts';
import { serveSqs } from '../../contract/sqs-server.ts';

describeQueueContract('the queue model behind the SDK', connectToModel);

const elsewhere = process.env['AWS_ENDPOINT_URL_SQS'];
if (elsewhere !== undefined) describeQueueContract(`SQS at ${elsewhere}`, async () => connectTo(elsewhere));

async function connectToModel(): Promise<QueueService> {
  const queues = new Map<string, Queue>();
  const world = { clock: systemClock, random: createRandom(1) };
  const server = await serveSqs(createProtocol(queues, world));
  const client = new SQSClient({ ...LOCAL, endpoint: server.endpoint });
  return {
    client,
    async createQueue(name, attributes) {
      const queue = createQueue(optionsOf(name, attributes, queues), world);
      queues.set(name, queue);
      return queue.settings.url;
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

async function connectTo(endpoint: string): Promise<QueueService> {
  const client = new SQSClient({ ...LOCAL, endpoint });
  return {
    client,
    async createQueue(name, attributes) {
      const { QueueUrl } = await client.send(
        new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
      );
      return QueueUrl ?? '';
    },
    async close() {
      client.destroy();
    },
  };
}

const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

function optionsOf(
  name: string,
  attributes: Readonly<Record<string, string>>,
  queues: ReadonlyMap<string, Queue>,
): QueueOptions {
  const policy: unknown = JSON.parse(attributes['RedrivePolicy'] ?? 'null');
  const redrive = redriveOf(policy, queues);
  return {
    name,
    contentBasedDeduplication: attributes['ContentBasedDeduplication'] === 'true',
    deduplicationScope: attributes['DeduplicationScope'] === 'messageGroup' ? 'messageGroup' : 'queue',
    ...(redrive === undefined ? {} : { redrive }),
  };
}

function redriveOf(policy: unknown, queues: ReadonlyMap<string, Queue>): QueueOptions['redrive'] {
  if (typeof policy !== 'object' || policy === null) return undefined;
  if (!('deadLetterTargetArn' in policy) || !('maxReceiveCount' in policy)) return undefined;
  const deadLetterQueue = findQueue(queues, String(policy.deadLetterTargetArn));
  if (deadLetterQueue === undefined) return undefined;
  return { deadLetterQueue, maxReceiveCount: Number(policy.maxReceiveCount) };
}

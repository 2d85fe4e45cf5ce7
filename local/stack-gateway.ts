/**
 * The gateway of a stack and everything that answers behind it: the table's engine, the queues, the wakes,
 * the operator.
 */
import type { OutgoingMessage } from '../functions/ports.ts';
import type { Activity } from './activity.ts';
import { meterSqs, queueKind } from './bill/meter.ts';
import type { Cleanup } from './cleanup.ts';
import { type BrakeCalls, createBrakeCalls } from './gateway/brake-calls.ts';
import type { Calls } from './gateway/call-counts.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { createOperatorCalls, type OperatorCalls } from './gateway/operator-calls.ts';
import { secretCalls } from './gateway/secrets.ts';
import { createWakeCalls, type WakeCalls } from './gateway/wake-calls.ts';
import type { LocalFunction } from './lambda/deployed-function.ts';
import { madeQueue } from './local-stack.ts';
import { type MadeRequests, watchMadeRequests } from './made-requests.ts';
import type { Mappings } from './mappings/stack-mappings.ts';
import type { StackOptions } from './stack-options.ts';
import type { DynamoDb } from './storage/dynamodb.ts';
import type { World } from './storage/queues.ts';
import { openQueues, type RunQueues } from './storage/run-queues.ts';
import type { StackQueue } from './storage/stack-queue.ts';
import { submit } from './submit.ts';
import type { StackPlan } from './template/stack-spec.ts';

export interface GatewayParts {
  readonly world: World;
  readonly calls: Calls;
  readonly activity: Activity;
  readonly dynamo: DynamoDb;
  readonly functions: ReadonlyMap<string, LocalFunction>;
  /** Both are made after the gateway, so they are looked up at each call. */
  readonly queues: () => ReadonlyMap<string, StackQueue>;
  readonly mappings: () => Mappings;
  readonly onError: (error: unknown) => void;
  readonly cleanup: Cleanup;
}

export interface StackGateway {
  readonly gateway: Gateway;
  readonly sqs: RunQueues;
  readonly brake: BrakeCalls;
  readonly operated: OperatorCalls;
  readonly wakes: WakeCalls;
  /** Sends a message to a queue, by the queue's name, as a schedule does. */
  send(queue: string, message: OutgoingMessage): Promise<void>;
  readonly made: MadeRequests;
  /** Rejects when a function does what its role does not allow. */
  readonly denied: Promise<never>;
}

export async function openGateway(
  plan: StackPlan,
  options: StackOptions,
  parts: GatewayParts,
): Promise<StackGateway> {
  const { world, calls, activity, dynamo, functions, onError, cleanup } = parts;
  const { chaos, intercept = chaos?.intercept, processEnv = process.env } = options;
  const secrets = secretCalls(plan.functions, options.secrets ?? {});
  const { clock } = world;
  const made = watchMadeRequests(plan.queues);
  const brake = createBrakeCalls({ mappings: () => parts.mappings().byId, now: clock.now });
  cleanup.defer(async () => brake.stop());
  const sqs = openQueues(processEnv, world);
  cleanup.defer(() => sqs.close());
  const operated = createOperatorCalls({ queues: sqs.models, functions, brake, now: clock.now });
  const send = async (name: string, message: OutgoingMessage) => {
    calls.use('scheduler.invocations', 'SendMessage', 1);
    const meter = (bytes: number, grouped: boolean) =>
      meterSqs(calls, queueKind(name.endsWith('.fifo'), grouped), 'SendMessage', bytes);
    made.sent(name, message);
    await submit(madeQueue(parts.queues(), name), [message], meter);
  };
  const wakes = createWakeCalls({ clock, send, onError });
  cleanup.defer(async () => wakes.stop());
  const denied = Promise.withResolvers<never>();
  denied.promise.catch(() => undefined); // atRest rejects with this error.
  const gateway = await startGateway({
    functions: plan.functions,
    sqs: sqs.backend,
    dynamodb: dynamo.backend,
    calls,
    operator: operated.answer,
    secrets,
    schedules: wakes.answer,
    ...(intercept === undefined ? {} : { intercept }),
    onDenied: (message) => denied.reject(new Error(message)),
    onAnswered(call, answer) {
      const { service, operation } = call;
      made.called(call, answer);
      activity.add();
      if (service === 'DynamoDB' && isWrite(operation)) activity.written();
    },
  });
  cleanup.defer(() => gateway.close());
  return { gateway, sqs, brake, operated, wakes, send, made, denied: denied.promise };
}

function isWrite(operation: string): boolean {
  return /^(Put|Update|Delete|BatchWrite|TransactWrite)/.test(operation);
}

/**
 * The product's reader as Lambda runs it: polls, invokes, and deletes the messages that the answer does not
 * name.
 */
import * as v from 'valibot';
import { decodeMessage } from '../../functions/decode-readings.ts';
import { defaultLimits } from '../../functions/limits.ts';
import { definePipeline, type Pipeline } from '../../functions/pipeline.ts';
import type { Outbox } from '../../functions/ports.ts';
import { createBudget } from '../../functions/reader/budget.ts';
import { createGate } from '../../functions/reader/gate/gate.ts';
import type { ReaderPorts } from '../../functions/reader/read-request.ts';
import { readBatch } from '../../functions/reader/reader.ts';
import { createSender } from '../../functions/reader/sender.ts';
import type { Queue, ReceivedMessage } from '../../model/queue/types.ts';
import { simulatedReading } from '../world/reading-process.ts';
import { createEnvironment, type Environment } from '../world/simulated-environment.ts';
import { type ClosedWorld, settings } from './closed-world.ts';

const POLL_MS = 3_600_000;
const CALL_MS = 5;
const TIMEOUT_MS = settings.reader.timeoutSeconds * 1000;

export async function runClosedReader(name: string, world: ClosedWorld): Promise<void> {
  const { clock, queue, closed, sentAt, read, dead } = world;
  let environments = 0;
  let own: Warm | undefined;
  while (sentAt.size < closed.requests || read.size + dead.size < closed.requests) {
    const messages = await queue.receive({ max: settings.reader.batchSize, waitMs: POLL_MS });
    if (messages.length === 0) continue;
    if (own?.environment.alive !== true) {
      environments += 1;
      own = start(`${name}.${environments}`, world);
    }
    await deliver(messages, own, world);
    await clock.sleep(CALL_MS);
  }
}

interface Warm {
  readonly environment: Environment;
  readonly ports: ReaderPorts;
}

async function deliver(
  messages: readonly ReceivedMessage[],
  { environment, ports }: Warm,
  world: ClosedWorld,
): Promise<void> {
  const { queue, count, chance, closed, clock } = world;
  if (chance.happens(closed.deaths)) {
    count('environment died');
    count('environment died with reads in hand');
    clock.later(chance.between(0, 1_500), () => environment.kill('died'));
  }
  const incoming = messages.map(asIncoming);
  const batch = environment.invoke(async () => {
    const done = readBatch(incoming, TIMEOUT_MS, ports);
    if (chance.happens(closed.stills)) {
      count('environment stood still');
      count('environment stood still with reads in hand');
      environment.spend(chance.spread(300, 20_000));
    }
    return done;
  }, TIMEOUT_MS);
  const failed = await batch.catch(() => undefined);
  // The messages of an environment that died are delivered again when their visibility timeout ends.
  if (failed === undefined) return;
  for (const { messageId, receiptHandle } of messages)
    if (!failed.includes(messageId)) queue.delete(receiptHandle);
}

function asIncoming({ group = '', sequenceNumber = '', ...message }: ReceivedMessage) {
  return { ...message, group, sequenceNumber };
}

function start(name: string, world: ClosedWorld): Warm {
  const { clock, chance, count, queue, deadLetters, read } = world;
  const environment = createEnvironment(name, 1, clock, () => undefined);
  const base = { clock: environment.clock, random: chance.random, observe: () => undefined };
  const pipeline = pipelineOn(environment, world);
  const call = <Answer>(land: () => Answer): Promise<Answer> =>
    environment.enter(clock.sleep(CALL_MS).then(land));
  const outbox = (send: (message: Parameters<Queue['send']>[0]) => void): Outbox => ({
    sendBatch: (messages) =>
      call(() => {
        messages.forEach(send);
        return messages.map(() => undefined);
      }),
  });
  const readings = outbox(({ body }) => read.set(Number(decodeMessage(body).readings[0]), clock.now()));
  const requests = outbox((message) => queue.send(message));
  const anew = outbox(({ delaySeconds = 0, ...message }) => {
    count('request sent anew');
    queue.send({ ...message, delayMs: delaySeconds * 1000 });
  });
  const ports: ReaderPorts = {
    ...base,
    pipeline,
    budget: createBudget(pipeline.limits),
    startReading: simulatedReading(environment, { count: () => undefined }, () => pipeline),
    send: createSender({ ...base, outbox: readings }, 0),
    submit: createSender({ ...base, outbox: requests }, 0),
    requests: queueOf(queue, call),
    deadLetters: outbox((message) => deadLetters.send(message)),
    sources: { gate: gateOf(environment, world), attempts: attemptsOf(world, call), anew },
  };
  return { environment, ports };
}

type Call = <Answer>(land: () => Answer) => Promise<Answer>;

function queueOf(queue: Queue, call: Call): ReaderPorts['requests'] {
  return {
    postpone: (handle, seconds) => call(() => queue.changeVisibility(handle, seconds * 1000)),
    receive: (max, seconds) =>
      call(() => queue.receiveNow({ max, visibilityTimeoutMs: seconds * 1000 }).map(asIncoming)),
    remove: (handles) => call(() => handles.forEach((handle) => void queue.delete(handle))),
  };
}

function gateOf({ name, clock, enter }: Environment, { table, chance }: ClosedWorld) {
  return createGate({
    ...{ name, clock, random: chance.random, observe: () => undefined },
    store: { load: () => enter(table.load()), swap: (_, after) => enter(table.swap(after)) },
    source: {},
    limits: defaultLimits,
  });
}

/** Like functions/aws/dynamo-sources.ts: reads, then writes. Some calls of the table fail. */
function attemptsOf({ attempts, chance, closed, count }: ClosedWorld, call: Call) {
  const load = (id: string): Promise<number> =>
    call(() => {
      if (chance.happens(closed.tableFails)) {
        count('table refused a call');
        throw new Error('the table refused the call');
      }
      return attempts.get(id) ?? 0;
    });
  return {
    load,
    async add(id: string, more: 1 | -1) {
      const next = Math.max(0, (await load(id)) + more);
      attempts.set(id, next);
      return next;
    },
  };
}

function pipelineOn({ enter }: Environment, { ask }: ClosedWorld): Pipeline {
  return definePipeline({
    name: 'closed',
    request: v.number(),
    source: { of: () => 'source' },
    read: async (n) => {
      await enter(ask());
      return [n];
    },
    initial: () => ({ sum: 0 }),
    compute: ({ sum }, n: number) => ({ sum: sum + n }),
  });
}

/**
 * How long the services take, which no pipeline can change. AWS publishes none of these times: the figures of the
 * AWS profile are assumptions in the range that users report, to be replaced by measured ones. Those of the local profile are
 * fitted to the local run; `weir plan --check` shows how well.
 */
import { constant, type Distribution, lognormal } from './distribution.ts';

export interface Profile {
  readonly name: 'aws' | 'local';
  /** From a message in the queue to a batch in Lambda's hands. */
  readonly receive: Distribution;
  /** The same of the readings queue, where it is not like the requests queue. */
  readonly receiveFifo?: Distribution;
  /** From there to the handler, environment warm. */
  readonly invoke: Distribution;
  readonly deleteBatch: Distribution;
  readonly send: Distribution;
  readonly put: Distribution;
  readonly load: Distribution;
  readonly coldStartMs: number;
  /** Polls at once for each mapping; undefined = one for each batch that may be in work. */
  readonly pollers: number | undefined;
  readonly streamPollMs: number;
  /** Cores that all functions share, the server of their calls included; Lambda has as many as it takes. */
  readonly cores: number;
  /** Of every AWS call, on the one thread that serves them all; and of those to DynamoDB, on the engine's. */
  readonly callMs: number;
  readonly engineMs: number;
  /** Processor time of Weir's own code and the SDK, on a whole core. */
  readonly cpu: {
    readonly requestMs: number;
    readonly sendMs: number;
    readonly messageMs: number;
    readonly commitMs: number;
  };
  /** Memory that comes with one whole processor; undefined = every function has one. */
  readonly memoryPerCpuMb: number | undefined;
}

export const awsProfile: Profile = {
  name: 'aws',
  receive: lognormal({ median: 10, p99: 60, max: 1_000 }),
  invoke: lognormal({ median: 8, p99: 40, max: 500 }),
  deleteBatch: lognormal({ median: 8, p99: 40, max: 500 }),
  send: lognormal({ median: 10, p99: 60, max: 1_000 }),
  put: lognormal({ median: 5, p99: 25, max: 500 }),
  load: lognormal({ median: 4, p99: 20, max: 500 }),
  coldStartMs: 350,
  pollers: undefined,
  // Lambda looks at each shard about four times a second.
  streamPollMs: 250,
  cores: Number.POSITIVE_INFINITY,
  callMs: 0,
  engineMs: 0,
  cpu: { requestMs: 0.15, sendMs: 0.8, messageMs: 0.1, commitMs: 0.8 },
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
  memoryPerCpuMb: 1769,
};

/**
 * The same with a FIFO queue that is as slow at its p99 as the only systematic figures that were found: 28 / 645 ms
 * from send to receipt at p50 / p99, against 16 / 105 ms of a standard queue (1,024 sends each, eu-west-1, 2022).
 * https://bitesizedserverless.com, "Serverless messaging: latency compared"
 */
export const slowFifoProfile: Profile = {
  ...awsProfile,
  receiveFifo: lognormal({ median: 10, p99: 560, max: 3_000 }),
};

export const localProfile: Profile = {
  name: 'local',
  receive: constant(0.2),
  invoke: constant(0.5),
  deleteBatch: constant(0.2),
  send: constant(1),
  put: constant(1.5),
  load: constant(1),
  coldStartMs: 300,
  pollers: 1,
  streamPollMs: 10,
  cores: 2,
  callMs: 0.5,
  engineMs: 0.7,
  cpu: { requestMs: 0.4, sendMs: 1, messageMs: 0.4, commitMs: 1.2 },
  memoryPerCpuMb: undefined,
};

/** How much longer a computation takes than on a whole core. */
export function slowdownOf({ memoryPerCpuMb }: Profile, memoryMb: number): number {
  return memoryPerCpuMb === undefined ? 1 : Math.max(1, memoryPerCpuMb / memoryMb);
}

/** The same on a machine that needs so many times the processor time for everything but the computation. */
export function onMachine(profile: Profile, slower: number): Profile {
  const { cpu, callMs, engineMs } = profile;
  return {
    ...profile,
    callMs: callMs * slower,
    engineMs: engineMs * slower,
    cpu: {
      requestMs: cpu.requestMs * slower,
      sendMs: cpu.sendMs * slower,
      messageMs: cpu.messageMs * slower,
      commitMs: cpu.commitMs * slower,
    },
  };
}

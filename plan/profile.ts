/**
 * Times of the services, which no pipeline can change. AWS publishes none of them. The values of the AWS profile are
 * assumptions in the range that users report, to be replaced by measured ones. The values of the local profile are fitted
 * to the local run; `weir plan --check` shows how well.
 */
import { constant, type Distribution, lognormal } from './distribution.ts';

export interface Profile {
  readonly name: 'aws' | 'local';
  /** Time from a message's arrival in the queue until Lambda has it. */
  readonly receive: Distribution;
  /** The same for the readings queue, if it differs from the requests queue. */
  readonly receiveFifo?: Distribution;
  /** Time from there until the handler starts, in a warm environment. */
  readonly invoke: Distribution;
  readonly deleteBatch: Distribution;
  readonly send: Distribution;
  readonly put: Distribution;
  readonly load: Distribution;
  readonly coldStartMs: number;
  /** Polls at once per mapping; undefined for one per concurrent batch. */
  readonly pollers: number | undefined;
  readonly streamPollMs: number;
  /** Cores that all functions and the server of their calls share; Infinity on Lambda. */
  readonly cores: number;
  /** Processor time of every AWS call on the one thread that serves them, and of calls to DynamoDB on the engine's thread. */
  readonly callMs: number;
  readonly engineMs: number;
  /** Processor time of Weir's own code and of the SDK, on a whole core. */
  readonly cpu: {
    readonly requestMs: number;
    readonly sendMs: number;
    readonly messageMs: number;
    readonly commitMs: number;
  };
  /** Memory at which a function gets one whole processor; undefined if every function has one. */
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
  // Lambda polls each shard about four times per second.
  streamPollMs: 250,
  cores: Number.POSITIVE_INFINITY,
  callMs: 0,
  engineMs: 0,
  cpu: { requestMs: 0.15, sendMs: 0.8, messageMs: 0.1, commitMs: 0.8 },
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
  memoryPerCpuMb: 1769,
};

/**
 * The AWS profile with a slower FIFO queue. Its p99 follows the only systematic measurement that was found: 28 / 645 ms
 * from send to receipt at p50 / p99, against 16 / 105 ms for a standard queue (1,024 sends each, eu-west-1, 2022).
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

/** The factor by which a computation takes longer than on a whole core. */
export function slowdownOf({ memoryPerCpuMb }: Profile, memoryMb: number): number {
  return memoryPerCpuMb === undefined ? 1 : Math.max(1, memoryPerCpuMb / memoryMb);
}

/** The profile on a machine that needs `slower` times the processor time for everything except the user's computation. */
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

/** One look at a deployment, and what follows from two of them. */
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { reasonOf } from '../functions/errors.ts';
import { type BrakeStatus, brakeOf } from './brake.ts';
import type { Deployment } from './deployment.ts';
import { type Figures, type FunctionFigures, loadFigures } from './figures.ts';
import { type KeySummary, listKeys } from './keys.ts';
import { listSources, type SourcesStatus } from './sources.ts';

export interface QueueStatus {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** SQS deletes a message that is older. */
  readonly retentionMs: number;
  /** Undefined when it is empty, or when CloudWatch does not say. */
  readonly oldestAgeMs: number | undefined;
}

export interface Status {
  readonly name: string;
  readonly local: boolean;
  /** When it was looked: epoch ms, by this machine's clock. */
  readonly at: number;
  readonly requests: QueueStatus;
  readonly readings: QueueStatus;
  readonly deadLetters: {
    readonly requests: QueueStatus;
    readonly readings: QueueStatus;
    /** Batches of outputs that no write took; at least, when it is FAILED_OUTPUTS_MAX. */
    readonly outputs: number | undefined;
  };
  readonly functions: readonly FunctionFigures[];
  readonly keys: KeysStatus;
  /** Whether reads, computes and writes run. Those of which it is not known are left out. */
  readonly brake: readonly BrakeStatus[];
  /** What the readers share of what they read; none where the pipeline names no sources. */
  readonly sources: SourcesStatus;
  /** What could not be found out, and why. The rest of the status stands. */
  readonly unknown: readonly string[];
}

export interface KeysStatus {
  readonly stopped: readonly KeySummary[];
  /** Those that wait for a place that is missing, in request order: the one that has waited longest first. */
  readonly waiting: readonly KeySummary[];
  /** Messages that wait: for an earlier one of their key, or for their key to be resumed. */
  readonly parked: number;
  /** False: the table is larger than what was looked through. */
  readonly complete: boolean;
}

export interface LookOptions {
  /** An earlier answer to go on with: a scan of the table costs more than all the rest. */
  readonly keys?: KeysStatus;
  /** Pages of 1 MB of the table that are read at most. */
  readonly pages?: number;
}

/** 50 MB: a few tenths of a cent, some seconds. */
export const STATUS_PAGES = 50;
export const FAILED_OUTPUTS_MAX = 1000;

export async function lookAt(deployment: Deployment, options: LookOptions = {}): Promise<Status> {
  const unknown: string[] = [];
  const orUnknown = async <Value>(what: string, asked: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await asked;
    } catch (error) {
      unknown.push(`${what}: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const { pages = STATUS_PAGES } = options;
  const at = Date.now();
  const [figures, outputs, keys, brake, sources, requests, readings, deadRequests, deadReadings] =
    await Promise.all([
      orUnknown('ages of the oldest messages, figures of the functions', loadFigures(deployment)),
      orUnknown('outputs that no write took', deployment.failedOutputs.list(FAILED_OUTPUTS_MAX)),
      options.keys ?? orUnknown('stopped and parked keys', lookAtKeys(deployment, pages)),
      orUnknown('what is paused', brakeOf(deployment)),
      orUnknown('the sources', listSources(deployment, at)),
      countsOf(deployment, deployment.requestsQueue),
      countsOf(deployment, deployment.readingsQueue),
      countsOf(deployment, deployment.requestsDeadLetterQueue),
      countsOf(deployment, deployment.readingsDeadLetterQueue),
    ]);
  const aged = (counts: Counted) => withAge(counts, figures);
  return {
    name: deployment.name,
    local: deployment.local,
    at,
    requests: aged(requests),
    readings: aged(readings),
    deadLetters: { requests: aged(deadRequests), readings: aged(deadReadings), outputs: outputs?.length },
    functions: figures?.functions ?? [],
    keys: keys ?? { stopped: [], waiting: [], parked: 0, complete: false },
    brake: brake ?? [],
    sources: sources ?? { shown: [], count: 0, complete: false },
    unknown,
  };
}

/** The two queues alone, without ages. */
export async function lookAtQueues(deployment: Deployment): Promise<Pick<Status, 'requests' | 'readings'>> {
  const [requests, readings] = await Promise.all([
    countsOf(deployment, deployment.requestsQueue),
    countsOf(deployment, deployment.readingsQueue),
  ]);
  return { requests: withAge(requests, undefined), readings: withAge(readings, undefined) };
}

export async function lookAtKeys(deployment: Deployment, pages: number): Promise<KeysStatus> {
  const { keys, complete } = await listKeys(deployment, { inTrouble: true, pages });
  return {
    stopped: keys.filter(({ stopped }) => stopped !== undefined),
    waiting: keys
      .filter(({ waiting }) => waiting !== undefined)
      .sort((a, b) => (a.waiting?.since ?? 0) - (b.waiting?.since ?? 0)),
    parked: keys.reduce((sum, { parked }) => sum + parked, 0),
    complete,
  };
}

/** Whether somebody should look: dead letters, stopped keys, outputs that no write took. */
export function needsAttention({ deadLetters, keys }: Status): boolean {
  const dead = inQueue(deadLetters.requests) + inQueue(deadLetters.readings) + (deadLetters.outputs ?? 0);
  return dead > 0 || keys.stopped.length > 0;
}

export function inQueue({ visible, inFlight, delayed }: QueueStatus): number {
  return visible + inFlight + delayed;
}

export function backlogOf({ requests, readings }: Status): number {
  return inQueue(requests) + inQueue(readings);
}

export interface Drain {
  /** Messages by which both queues together became fewer each second; negative when they grow. */
  readonly perSecond: number;
  /** Until both are empty at that rate; undefined when they do not become fewer. */
  readonly timeToDrainMs: number | undefined;
}

/** From two looks, at least a little apart; undefined when nothing can be said. */
export function drainBetween(first: Status, second: Status): Drain | undefined {
  const seconds = (second.at - first.at) / 1000;
  if (seconds <= 0) return undefined;
  const left = backlogOf(second);
  const perSecond = (backlogOf(first) - left) / seconds;
  if (left === 0) return { perSecond, timeToDrainMs: 0 };
  return { perSecond, timeToDrainMs: perSecond > 0 ? (left / perSecond) * 1000 : undefined };
}

interface Counted {
  readonly url: string;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly retentionMs: number;
}

async function countsOf({ sqs }: Deployment, url: string): Promise<Counted> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
        'MessageRetentionPeriod',
      ],
    }),
  );
  return {
    url,
    visible: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    delayed: Number(Attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
    retentionMs: 1000 * Number(Attributes['MessageRetentionPeriod'] ?? 0),
  };
}

/** CloudWatch lags a minute or two: an age of a queue that is empty by now would be wrong. */
function withAge({ url, ...counts }: Counted, figures: Figures | undefined): QueueStatus {
  const empty = counts.visible + counts.inFlight + counts.delayed === 0;
  return { ...counts, oldestAgeMs: empty ? undefined : figures?.oldestAgeMs.get(url) };
}

/** The status of a deployment from one look, and the rates from two. */
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
  /** SQS deletes messages older than this. */
  readonly retentionMs: number;
  /** Undefined if the queue is empty or CloudWatch has no value. */
  readonly oldestAgeMs: number | undefined;
}

export interface Status {
  readonly name: string;
  readonly local: boolean;
  /** Time of the look: epoch ms of this machine's clock. */
  readonly at: number;
  readonly requests: QueueStatus;
  readonly readings: QueueStatus;
  /** Set for a pipeline with a backfill lane. */
  readonly backfill?: QueueStatus | undefined;
  readonly deadLetters: {
    readonly requests: QueueStatus;
    readonly readings: QueueStatus;
    /** Batches of failed outputs; FAILED_OUTPUTS_MAX means that number or more. */
    readonly outputs: number | undefined;
  };
  readonly functions: readonly FunctionFigures[];
  readonly keys: KeysStatus;
  /** Whether reads, computes and writes run. Parts whose state is unknown are left out. */
  readonly brake: readonly BrakeStatus[];
  /** The sources that the readers share; empty if the pipeline names none. */
  readonly sources: SourcesStatus;
  /** What could not be found out, and why. The rest of the status is valid. */
  readonly unknown: readonly string[];
}

export interface KeysStatus {
  readonly stopped: readonly KeySummary[];
  /** Keys that wait for a missing place in request order, longest wait first. */
  readonly waiting: readonly KeySummary[];
  /** Messages that wait for an earlier one of their key, or for their key to be resumed. */
  readonly parked: number;
  /** False: the table is larger than the part that was scanned. */
  readonly complete: boolean;
}

export interface LookOptions {
  /** An earlier result to reuse: a scan of the table costs more than everything else. */
  readonly keys?: KeysStatus;
  /** Most pages of 1 MB of the table to read. */
  readonly pages?: number;
}

/** 50 MB: it costs a few tenths of a cent and takes some seconds. */
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
  const [figures, outputs, keys, brake, sources, requests, readings, backfill, deadRequests, deadReadings] =
    await Promise.all([
      orUnknown('ages of the oldest messages, figures of the functions', loadFigures(deployment)),
      orUnknown('outputs that no write took', deployment.failedOutputs.list(FAILED_OUTPUTS_MAX)),
      options.keys ?? orUnknown('stopped and parked keys', lookAtKeys(deployment, pages)),
      orUnknown('what is paused', brakeOf(deployment)),
      orUnknown('the sources', listSources(deployment, at)),
      countsOf(deployment, deployment.requestsQueue),
      countsOf(deployment, deployment.readingsQueue),
      backfillCounts(deployment),
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
    backfill: backfill && aged(backfill),
    deadLetters: { requests: aged(deadRequests), readings: aged(deadReadings), outputs: outputs?.length },
    functions: figures?.functions ?? [],
    keys: keys ?? { stopped: [], waiting: [], parked: 0, complete: false },
    brake: brake ?? [],
    sources: sources ?? { shown: [], count: 0, complete: false },
    unknown,
  };
}

/** Only the queues, without ages. */
export async function lookAtQueues(
  deployment: Deployment,
): Promise<Pick<Status, 'requests' | 'readings' | 'backfill'>> {
  const [requests, readings, backfill] = await Promise.all([
    countsOf(deployment, deployment.requestsQueue),
    countsOf(deployment, deployment.readingsQueue),
    backfillCounts(deployment),
  ]);
  const unaged = (counts: Counted) => withAge(counts, undefined);
  return {
    requests: unaged(requests),
    readings: unaged(readings),
    backfill: backfill && unaged(backfill),
  };
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

/** Whether an operator should look: there are dead letters, stopped keys or failed outputs. */
export function needsAttention({ deadLetters, keys }: Status): boolean {
  const dead = inQueue(deadLetters.requests) + inQueue(deadLetters.readings) + (deadLetters.outputs ?? 0);
  return dead > 0 || keys.stopped.length > 0;
}

export function inQueue({ visible, inFlight, delayed }: QueueStatus): number {
  return visible + inFlight + delayed;
}

export function backlogOf({ requests, readings, backfill }: Status): number {
  return inQueue(requests) + inQueue(readings) + (backfill === undefined ? 0 : inQueue(backfill));
}

export interface Drain {
  /** Messages per second by which both queues together shrink; negative while they grow. */
  readonly perSecond: number;
  /** Ms until both are empty at that rate; undefined if they do not shrink. */
  readonly timeToDrainMs: number | undefined;
}

/** From two looks some time apart; undefined if they allow no statement. */
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

function backfillCounts(deployment: Deployment): Promise<Counted> | undefined {
  const { backfillQueue } = deployment;
  return backfillQueue === undefined ? undefined : countsOf(deployment, backfillQueue);
}

/** CloudWatch lags by a minute or two, so an age is wrong if the queue is empty by now. */
function withAge({ url, ...counts }: Counted, figures: Figures | undefined): QueueStatus {
  const empty = counts.visible + counts.inFlight + counts.delayed === 0;
  return { ...counts, oldestAgeMs: empty ? undefined : figures?.oldestAgeMs.get(url) };
}

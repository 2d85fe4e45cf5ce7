/**
 * Spreads the records of each shard by key over the mapping's lanes. Each lane delivers its batches in order,
 * so records of one item keep their order, and a blocked lane does not block the others.
 */
import { hash } from 'node:crypto';
import type { StreamMappingPlan } from '../template/stack-spec.ts';
import { compareSequenceNumbers, type StreamRecord } from './stream-records.ts';

export interface StreamLanes {
  readonly busy: boolean;
  push(shardId: string, records: readonly StreamRecord[]): void;
  /** Resolves when there is room for another page. This bounds the lanes. */
  room(): Promise<void>;
  idle(): Promise<void>;
  /** The lowest sequence number that is not finished; undefined when all are. */
  oldest(): string | undefined;
}

export type Deliver = (records: readonly StreamRecord[], shardId: string) => Promise<void>;

interface Lane {
  /** The records in work, then the waiting ones. */
  records: StreamRecord[];
  running: Promise<void> | undefined;
}

/** Batches that may wait in each lane. */
const BATCHES_WAITING_MAX = 10;

export function createLanes(
  { lanes: lanesPerShard, batchSize }: Pick<StreamMappingPlan, 'lanes' | 'batchSize'>,
  deliver: Deliver,
  signal: AbortSignal,
): StreamLanes {
  const lanes = new Map<string, Lane>();
  const laneOf = (id: string): Lane => {
    const lane = lanes.get(id) ?? { records: [], running: undefined };
    lanes.set(id, lane);
    return lane;
  };
  const run = async (lane: Lane, shardId: string) => {
    while (lane.records.length > 0 && !signal.aborted) {
      const batch = lane.records.slice(0, batchSize);
      await deliver(batch, shardId);
      lane.records = lane.records.slice(batch.length);
    }
    lane.running = undefined;
  };
  const running = () => [...lanes.values()].flatMap((lane) => lane.running ?? []);
  const waiting = () => Math.max(0, ...[...lanes.values()].map((lane) => lane.records.length));
  return {
    get busy() {
      return running().length > 0;
    },
    push(shardId, records) {
      const filled = new Set<Lane>();
      for (const record of records) {
        const lane = laneOf(`${shardId} ${laneNumber(record, lanesPerShard)}`);
        lane.records.push(record);
        filled.add(lane);
      }
      for (const lane of filled) lane.running ??= run(lane, shardId);
    },
    async room() {
      while (waiting() >= batchSize * BATCHES_WAITING_MAX && !signal.aborted) {
        await Promise.race([...running(), aborted(signal)]);
      }
    },
    async idle() {
      while (running().length > 0) await Promise.all(running());
    },
    oldest() {
      const firsts = [...lanes.values()].flatMap((lane) => lane.records[0]?.dynamodb.SequenceNumber ?? []);
      return firsts.sort(compareSequenceNumbers)[0];
    },
  };
}

function laneNumber(record: StreamRecord, lanes: number): number {
  if (lanes === 1) return 0;
  return Number.parseInt(hash('sha256', JSON.stringify(record.dynamodb.Keys)).slice(0, 8), 16) % lanes;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

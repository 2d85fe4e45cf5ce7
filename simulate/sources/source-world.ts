/** Environments that read one source through the gate of functions/reader/, on the virtual clock. */
import { createHeap } from '../../model/heap.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import { type Noted, runEnvironment, type SourceQueue } from './source-environment.ts';
import type { SourceRun, SourceWorld } from './source-run.ts';
import { createTable } from './source-table.ts';

export async function runSource(world: SourceWorld): Promise<SourceRun> {
  Error.stackTraceLimit = 0; // Many reads are given back, and their stacks are not used.
  const { clock, source } = world;
  const start = clock.now();
  const endAt = start + world.lastsMs;
  const { requests, comeOverMs = 0, backfill } = world;
  const queue = createSourceQueue(clock);
  for (let n = 0; n < requests; n += 1) queue.comeAt(start + (n * comeOverMs) / requests);
  const seen: Record<Noted, number[]> = {
    doneAt: [],
    readMs: [],
    askedAt: [],
    waitedMs: [],
    backAt: [],
    refusedAt: [],
    inside: [],
    backfillAt: [],
    backfillInside: [],
  };
  const note = (name: Noted, value: number): void => void seen[name].push(value);
  const counts = { receives: 0, deaths: 0, environments: 0, backfillInside: 0 };
  const table = createTable(world);
  const sample = async (): Promise<void> => {
    while (clock.now() < endAt) {
      note('inside', source.counts.inside);
      note('backfillInside', counts.backfillInside);
      await clock.sleep(100);
    }
  };
  void sample();
  const parts = { world, table, start, note, counts };
  for (let n = 0; n < world.environments; n += 1) {
    void runEnvironment({
      ...parts,
      queue,
      ...(backfill && { lane: { name: 'live', share: backfill.share } }),
    });
  }
  if (backfill !== undefined) {
    const older = createSourceQueue(clock);
    for (let n = 0; n < backfill.requests; n += 1) older.comeAt(start);
    const lane = { name: 'backfill', share: backfill.share } as const;
    for (let n = 0; n < world.environments; n += 1) void runEnvironment({ ...parts, queue: older, lane });
  }
  await clock.runUntilIdle(endAt);
  const { receives, deaths } = counts;
  return { ...seen, requests: world.requests, writes: table.writes(), receives, deaths };
}

interface Request {
  readonly at: number;
  readonly order: number;
  position: number;
}

function createSourceQueue(clock: VirtualClock): SourceQueue {
  const queue = createHeap<Request>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  let order = 0;
  return {
    comeAt(at) {
      order += 1;
      queue.push({ at, order, position: -1 });
    },
    take(max) {
      let taken = 0;
      for (let first = queue.peek(); taken < max; first = queue.peek()) {
        if (first === undefined || first.at > clock.now()) break;
        queue.remove(first);
        taken += 1;
      }
      return taken;
    },
  };
}

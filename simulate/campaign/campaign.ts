/** Runs seeds on worker threads and sums their counters. */
import { Worker } from 'node:worker_threads';
import { addCounters, type Counters, createCounters } from '../oracle/counters.ts';
import type { SourcePatch } from './patch-source.ts';
import type { Run, Until } from './run-seed.ts';
import { watchThread } from './watch-thread.ts';
import type { RunsSummary, SeedsToRun, WorkerData } from './worker.ts';

export interface CampaignOptions {
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  readonly patches?: readonly SourcePatch[];
  /** Failing seeds after which the campaign stops. */
  readonly failuresMax?: number;
  readonly keepTrace?: boolean;
  /** When a run of a seed ends. Default: at rest. */
  readonly until?: Until;
  readonly progress?: (soFar: Campaign) => void;
}

export interface Campaign {
  seeds: number;
  requests: number;
  applied: number;
  accepted: number;
  readonly counters: Counters;
  /** Sorted by seed once the campaign has ended. */
  failed: Run[];
  /** Seeds whose run failed or hung. */
  readonly broken: { readonly seed: number; readonly reason: string }[];
  heapMbMax: number;
  seedsPerSecond: number;
}

const LOT = 10;
/** Processor time in ms. A seed takes about 150 ms; a lot that takes longer than this hangs. */
const LOT_MS_MAX = 60_000;

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const {
    from,
    seeds,
    workers,
    until = 'at rest',
    patches = [],
    failuresMax = Number.POSITIVE_INFINITY,
  } = options;
  const campaign = createCampaign();
  const startedAt = performance.now();
  let next = from;

  function nextLot(): number[] {
    const enough = campaign.failed.length + campaign.broken.length >= failuresMax;
    // The first lots are small, because a campaign that ends at its first failure often ends there.
    const lotMax = Math.min(LOT, Math.max(1, next - from));
    const size = enough ? 0 : Math.max(0, Math.min(lotMax, from + seeds - next));
    const lot = Array.from({ length: size }, (_, index) => next + index);
    next += size;
    return lot;
  }

  function add(summary: RunsSummary): void {
    campaign.seeds += summary.seeds;
    campaign.requests += summary.requests;
    campaign.applied += summary.applied;
    campaign.accepted += summary.accepted;
    campaign.failed.push(...summary.failed);
    campaign.heapMbMax = Math.max(campaign.heapMbMax, summary.heapMb);
    campaign.seedsPerSecond = campaign.seeds / ((performance.now() - startedAt) / 1000);
    addCounters(campaign.counters, summary.counters);
    options.progress?.(campaign);
  }

  async function work(): Promise<void> {
    let thread = startWorker(patches);
    for (let lot = nextLot(); lot.length > 0; lot = nextLot()) {
      try {
        add(await ask(thread, { seeds: lot, until, keepTrace: options.keepTrace ?? false }));
      } catch (error) {
        campaign.broken.push({ seed: lot[0] ?? from, reason: error instanceof Error ? error.message : '' });
        await thread.terminate();
        thread = startWorker(patches);
      }
    }
    await thread.terminate();
  }

  await Promise.all(Array.from({ length: workers }, work));
  campaign.failed.sort((a, b) => a.seed - b.seed);
  return campaign;
}

function createCampaign(): Campaign {
  return {
    seeds: 0,
    requests: 0,
    applied: 0,
    accepted: 0,
    counters: createCounters(),
    failed: [],
    broken: [],
    heapMbMax: 0,
    seedsPerSecond: 0,
  };
}

function startWorker(patches: readonly SourcePatch[]): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { patches } satisfies WorkerData,
    // The logs of planted bugs are not needed.
    stderr: patches.length > 0,
    stdout: patches.length > 0,
  });
}

function ask(thread: Worker, order: SeedsToRun): Promise<RunsSummary> {
  const lot = `seeds ${order.seeds[0]} to ${order.seeds.at(-1)}`;
  return new Promise((resolve, reject) => {
    const unwatch = watchThread(thread, LOT_MS_MAX, () => fail(new Error('they did not come to an end')));
    const end = () => {
      unwatch();
      thread.off('message', succeed);
      thread.off('error', fail);
    };
    const succeed = (summary: RunsSummary) => {
      end();
      resolve(summary);
    };
    const fail = (error: Error) => {
      end();
      reject(new Error(`${lot}: ${error.message}`));
    };
    thread.on('message', succeed);
    thread.on('error', fail);
    thread.postMessage(order);
  });
}

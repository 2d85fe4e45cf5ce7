/**
 * The memory that all reads of an invocation together may use for readings that are not sent yet. Without a common limit,
 * reads that each keep to their own limit could still end the function, and every request of the batch would come back.
 *
 * A read that needs more than is free waits, and takes nothing from its source meanwhile. One read at a time has priority: it
 * may grow to the limit of a single request, whatever the others hold. So one read always goes on. When it has sent its
 * readings, the next one gets priority. Each read also has a small share of its own, so small reads never wait for large
 * ones.
 */
import { PermanentError } from '../errors.ts';
import type { Limits } from '../limits.ts';

/** One read's part of the budget. */
export interface Share {
  /** Resolves when the read may hold `toBytes` bytes in total; undefined if it may at once. */
  grow(toBytes: number): Promise<void> | undefined;
  /** True while the read waits for memory that others hold. */
  readonly waits: boolean;
  /** Returns all memory. Call this once, however the read ended. */
  release(): void;
}

export interface Budget {
  /** The most that one request may hold. */
  readonly requestBytesMax: number;
  open(): Share;
}

interface Holder {
  bytes: number;
  waiting: { readonly toBytes: number; readonly go: () => void } | undefined;
}

/** The read with priority, all other reads, and the small shares take at most this part each: three sixteenths in total. */
const PART_OF_MEMORY = 1 / 16;
const MEGABYTE = 2 ** 20;

export function createBudget({
  memoryMb,
  readsPerInvocation,
}: Pick<Limits, 'memoryMb' | 'readsPerInvocation'>): Budget {
  const requestBytesMax = Math.floor(memoryMb * MEGABYTE * PART_OF_MEMORY);
  // As many requests as there are slots may still hold readings that are being sent (pull-beside.ts).
  const ownBytes = Math.floor(requestBytesMax / Math.max(1, 2 * readsPerInvocation));
  const holders = new Set<Holder>();
  let favoured: Holder | undefined;

  function mayHold(holder: Holder, toBytes: number): boolean {
    if (holder === favoured || toBytes <= ownBytes) return true;
    let others = 0;
    for (const other of holders) if (other !== holder && other !== favoured) others += other.bytes;
    if (others + toBytes <= requestBytesMax) return true;
    if (favoured !== undefined) return false;
    favoured = holder;
    return true;
  }

  function goOn(): void {
    for (const holder of holders) {
      const { waiting } = holder;
      if (waiting === undefined || !mayHold(holder, waiting.toBytes)) continue;
      holder.bytes = waiting.toBytes;
      holder.waiting = undefined;
      waiting.go();
    }
  }

  return {
    requestBytesMax,
    open() {
      const holder: Holder = { bytes: 0, waiting: undefined };
      holders.add(holder);
      return {
        get waits() {
          return holder.waiting !== undefined;
        },
        grow(toBytes) {
          if (toBytes > requestBytesMax) throw tooManyBytes(requestBytesMax, memoryMb);
          if (toBytes <= holder.bytes) return undefined;
          if (mayHold(holder, toBytes)) {
            holder.bytes = toBytes;
            return undefined;
          }
          return new Promise((go) => {
            holder.waiting = { toBytes, go };
          });
        },
        release() {
          holders.delete(holder);
          if (favoured === holder) favoured = undefined;
          goOn();
        },
      };
    },
  };
}

function tooManyBytes(bytesMax: number, memoryMb: number): PermanentError {
  return new PermanentError(
    `the readings of the request take more than ${Math.floor(bytesMax / MEGABYTE)} MB, the most that one read may hold ` +
      `with limits.memoryMb ${memoryMb}; split the request, or raise memoryMb`,
  );
}

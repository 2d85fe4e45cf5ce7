/**
 * The gate in front of the reads of an environment. A read enters when its source may be read, or is told when to come back.
 * It waits here for at most about a second, because a waiting environment costs money.
 *
 * Environments agree through the shared item of the source. If the item cannot be read or written, this environment goes on
 * alone with a share of the limits that is small enough for all possible environments to do the same. So nothing stops.
 */
import type { GatePorts, Pass } from './gate-ports.ts';
import { type OneSource, openSource } from './one-source.ts';

export interface Gate {
  /** Rejects with a NotYetError if the read would have to wait longer than `patienceMs`. */
  enter(source: string, patienceMs: number): Promise<Pass>;
  /** Number of reads that wait. */
  readonly waiting: number;
  /** Call this before the invocation ends. Resolves when all results are reported and no call is running. */
  settled(): Promise<void>;
}

/** The most sources that an environment tells apart. */
const SOURCES_MAX = 10_000;
/** All further sources share the limits of one source with this name. */
const ALL_OTHERS = 'all other sources';
const tooMany = (max: number): string =>
  `source.of named more than ${max} sources: those that come while so many are read share the limits of one. Name what is to be protected, such as the host, not each request`;

export function createGate(ports: GatePorts, sourcesMax = SOURCES_MAX): Gate {
  const sources = new Map<string, OneSource>();
  let isTold = false;

  function sourceOf(name: string): OneSource {
    const known = sources.get(name);
    if (known !== undefined) return known;
    if (sources.size >= sourcesMax) {
      tell();
      forgetIdle();
    }
    const own = sources.size >= sourcesMax && name !== ALL_OTHERS ? ALL_OTHERS : name;
    const opened = sources.get(own) ?? openSource(own, ports);
    sources.set(own, opened);
    return opened;
  }

  /** Reports it once per environment, because the cause is in the definition of `source.of`. */
  function tell(): void {
    if (isTold) return;
    isTold = true;
    ports.observe({ kind: 'failure', stage: 'read', group: '', messages: 0, reason: tooMany(sourcesMax) });
  }

  /** An idle source can be forgotten, because the table has its item. */
  function forgetIdle(): void {
    for (const [name, { idle }] of sources) if (idle) sources.delete(name);
  }

  return {
    enter: (source, patienceMs) => sourceOf(source).enter(patienceMs),
    get waiting() {
      return [...sources.values()].reduce((sum, { waiting }) => sum + waiting, 0);
    },
    async settled() {
      await Promise.all([...sources.values()].map((source) => source.settled()));
    },
  };
}

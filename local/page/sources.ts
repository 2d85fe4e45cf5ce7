/** The sources as the page shows them, built from observations, so that a look costs the run nothing. */
import type { Observation } from '../../functions/ports.ts';
import { type Kept, since } from '../report/observation-log.ts';

export interface SourcesView {
  look(): SourcesPart;
}

interface SourcesPart {
  readonly count: number;
  /** The source that stays closed longest first, then those that refused most. */
  readonly shown: readonly ShownSource[];
}

interface ShownSource {
  readonly name: string;
  /** Reads per second, and reads at once; null: no limit. */
  readonly rate: number | null;
  readonly concurrency: number | null;
  /** Refused reads since the run began. */
  readonly refused: number;
  readonly givenBack: number;
  /** Epoch ms. */
  readonly closedUntil: number;
  /** Why an environment limits its reads without the shared state; undefined when it does not. */
  readonly alone: string | undefined;
}

const SHOWN_MAX = 20;

export function createSourcesView(run: Kept): SourcesView {
  const sources = new Map<string, ShownSource>();
  let seen = 0;
  return {
    look() {
      const { observations, next } = since(run, seen);
      for (const one of observations) {
        if (one.kind === 'source') sources.set(one.source, after(sources.get(one.source), one));
      }
      seen = next;
      const shown = [...sources.values()].sort(
        (a, b) => b.closedUntil - a.closedUntil || b.refused - a.refused || (a.name < b.name ? -1 : 1),
      );
      return { count: sources.size, shown: shown.slice(0, SHOWN_MAX) };
    },
  };
}

function after(before: ShownSource | undefined, seen: Extract<Observation, { kind: 'source' }>): ShownSource {
  const { source, rate, concurrency, refused, givenBack, closedUntil, alone } = seen;
  return {
    name: source,
    rate: Number.isFinite(rate) ? Number(rate.toPrecision(3)) : null,
    concurrency: concurrency === undefined ? null : Math.floor(concurrency),
    refused: (before?.refused ?? 0) + refused,
    givenBack: (before?.givenBack ?? 0) + givenBack,
    closedUntil: Math.round(closedUntil),
    alone,
  };
}

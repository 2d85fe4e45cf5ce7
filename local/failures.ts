/** What fails in a run, by name, and whether it can still succeed. */
import { kindOfReason } from './reason-kind.ts';

export interface Failures {
  readonly size: number;
  succeeded(name: string): void;
  failed(name: string, reason: string): void;
  /**
   * The last reason of each kind when nothing can still succeed; undefined while something has yet to be
   * tried.
   */
  hopeless(): string[] | undefined;
}

/** Attempts that each failing item gets, at least one of them after the last success of another item. */
export const ATTEMPTS = 3;
const KINDS_MAX = 1000;

interface Failing {
  readonly reason: string;
  readonly times: number;
  readonly sinceNews: number;
}

export function createFailures(): Failures {
  const failing = new Map<string, Failing>();
  const kinds = new Set<string>();
  const news = (): void => {
    for (const [name, each] of failing) failing.set(name, { ...each, sinceNews: 0 });
  };
  return {
    get size() {
      return failing.size;
    },
    succeeded(name) {
      if (failing.delete(name)) news();
    },
    failed(name, reason) {
      const kind = kindOfReason(reason);
      if (!kinds.has(kind) && kinds.size < KINDS_MAX) {
        kinds.add(kind);
        news();
      }
      const { times = 0, sinceNews = 0 } = failing.get(name) ?? {};
      failing.set(name, { reason, times: times + 1, sinceNews: sinceNews + 1 });
    },
    hopeless() {
      const left = [...failing.values()];
      if (left.some(({ times, sinceNews }) => times < ATTEMPTS || sinceNews === 0)) return undefined;
      return [...new Map(left.map(({ reason }) => [kindOfReason(reason), reason])).values()];
    },
  };
}

/**
 * The log next to the author's state: the readings that took effect, in order, with the time that compute
 * received. Adjacent readings of one request share an entry, which keeps it small: [request, first place,
 * last place, sentAt].
 */
export type LogEntry = [number, number, number, number];

export interface LoggedState {
  readonly log: LogEntry[];
  own: unknown;
}

export interface Logged {
  readonly n: number;
  readonly place: number;
  readonly sentAt: number;
}

export function addToLog(log: LogEntry[], n: number, place: number, sentAt: number): void {
  const last = log.at(-1);
  if (last !== undefined && last[0] === n && last[2] + 1 === place && last[3] === sentAt) last[2] = place;
  else log.push([n, place, place, sentAt]);
}

export function readLog(log: unknown): Logged[] {
  if (!Array.isArray(log)) return [];
  return log.flatMap((entry) => {
    const [n = 0, from = 0, to = 0, sentAt = 0] = Array.isArray(entry) ? entry.map(Number) : [];
    return Array.from({ length: to - from + 1 }, (_, index) => ({ n, place: from + index, sentAt }));
  });
}

/** Unique id of a reading in a run. */
export function idOf(key: string, { n, place }: { readonly n: number; readonly place: number }): string {
  return `${n}.${place} ${key}`;
}

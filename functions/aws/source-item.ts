/** Encodes and decodes the item of a source. */
import { EXPIRY } from '../item-names.ts';
import { isRecord } from '../json.ts';
import type { Found, SharedSource } from '../reader/gate/shared-source.ts';
import type { Item } from './dynamo-items.ts';

/** The item expires a day after its last write, or a day after the source opens if that is later. */
const IDLE_SECONDS = 86_400;

/** `now` in epoch ms. */
export function encodeSource(source: SharedSource, now: number): Item {
  const { version, closedUntil, found, holders, backfill, ...numbers } = source;
  return {
    version: { N: String(version) },
    shared: {
      S: JSON.stringify({
        ...numbers,
        closedUntil,
        holders,
        ...(found && { found }),
        ...(backfill && { backfill }),
      }),
    },
    [EXPIRY]: { N: String(Math.ceil(Math.max(now, closedUntil) / 1000) + IDLE_SECONDS) },
  };
}

/** Values of another build that this one cannot use count as 0. Limits are found again, and no state depends on them. */
export function decodeSource(item: Item): SharedSource {
  const shared = parsed(item['shared']?.S);
  const numberOf = (name: keyof SharedSource) => finite(shared[name]);
  return {
    version: finite(Number(item['version']?.N ?? 0)),
    next: numberOf('next'),
    booked: numberOf('booked'),
    backfill: backfillOf(shared['backfill']),
    closedUntil: numberOf('closedUntil'),
    probedUntil: numberOf('probedUntil'),
    closedAt: numberOf('closedAt'),
    closedBefore: numberOf('closedBefore'),
    served: numberOf('served'),
    refusals: numberOf('refusals'),
    holders: holdersOf(shared['holders']),
    found: foundOf(shared['found']),
    given: givenOf(shared['given']),
    tally: tallyOf(shared['tally']),
  };
}

function parsed(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function finite(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function holdersOf(value: unknown): SharedSource['holders'] {
  const entries = Object.entries(isRecord(value) ? value : {});
  return Object.fromEntries(
    entries.flatMap(([name, held]) =>
      Array.isArray(held) ? [[name, [finite(held[0]), finite(held[1])] as const]] : [],
    ),
  );
}

function backfillOf(value: unknown): SharedSource['backfill'] {
  return isRecord(value) ? { next: finite(value['next']), booked: finite(value['booked']) } : undefined;
}

function givenOf(value: unknown): SharedSource['given'] {
  const { rate, concurrency } = isRecord(value) ? value : {};
  return {
    ...(typeof rate === 'number' ? { rate } : {}),
    ...(typeof concurrency === 'number' || concurrency === 'adaptive' ? { concurrency } : {}),
  };
}

function tallyOf(value: unknown): SharedSource['tally'] {
  const tally = isRecord(value) ? value : {};
  const numberOf = (name: keyof SharedSource['tally']) => finite(tally[name]);
  return { from: numberOf('from'), refused: numberOf('refused'), before: numberOf('before') };
}

function foundOf(value: unknown): Found | undefined {
  if (!isRecord(value)) return undefined;
  const window = isRecord(value['window']) ? value['window'] : {};
  const recent = isRecord(value['recent']) ? value['recent'] : {};
  const numberOf = (name: keyof Found) => finite(value[name]);
  return {
    since: numberOf('since'),
    limit: Math.max(1, numberOf('limit')),
    heardAt: numberOf('heardAt'),
    grows: value['grows'] === 'fast' ? 'fast' : 'slowly',
    baseMs: numberOf('baseMs'),
    rate: numberOf('rate'),
    cuts: numberOf('cuts'),
    holdMs: numberOf('holdMs'),
    refusedAt: numberOf('refusedAt'),
    doneSince: numberOf('doneSince'),
    closedMs: numberOf('closedMs'),
    proven: numberOf('proven'),
    flow: numberOf('flow'),
    recent: { done: finite(recent['done']), meanMs: finite(recent['meanMs']) },
    window: {
      from: finite(window['from']),
      done: finite(window['done']),
      ms: finite(window['ms']),
      timedOut: finite(window['timedOut']),
    },
  };
}

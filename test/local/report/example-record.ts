/**
 * Records of invented runs, to draw and to count. The same seed and options make the same record. They follow
 * the real schedule: a limited number of reads at once, and the computations of a key one after another.
 */

import type { KeyItem } from '../../../functions/state.ts';
import { isTimed, type RunObservation } from '../../../local/report/observed.ts';
import type { RunRecord } from '../../../local/report/run-record.ts';

interface ExampleOptions {
  readonly requests: number;
  readonly keys: readonly string[];
  readonly readsMax: number;
  readonly seed: number;
  readonly readMs: (random: () => number) => number;
  readonly computeMs: number;
  readonly commitMs: number;
  /** One read in so many fails once, and is made again. 0: none. */
  readonly failEvery: number;
}

const START = 1_790_000_000_000;

function exampleRecord(options: ExampleOptions): RunRecord {
  const random = randomFrom(options.seed);
  const arrivals = readAll(options, random);
  const keyed = arrivals.observations;
  const items = new Map<string, KeyItem>();
  const freeAt = new Map<string, number>();
  for (const { at, key } of arrivals.readings.sort((a, b) => a.at - b.at)) {
    const start = Math.max(at + 4, freeAt.get(key) ?? 0);
    const end = start + options.computeMs;
    const version = (items.get(key)?.version ?? 0) + 1;
    keyed.push({ kind: 'compute', key, start, end, readings: 1, environment: 2 });
    const committed = end + options.commitMs;
    keyed.push({
      kind: 'commit',
      key,
      version,
      start: end,
      end: committed,
      outcome: 'committed',
      environment: 2,
    });
    if (version % 10 === 0) {
      const sent = committed + 8;
      keyed.push({
        kind: 'write',
        key,
        start: sent,
        end: sent + 30,
        outputs: 1,
        outcome: 'done',
        environment: 3,
      });
    }
    freeAt.set(key, committed);
    items.set(key, itemOf(key, version));
  }
  return {
    pipeline: 'clicks',
    startedAt: START,
    endedAt: Math.max(START, ...keyed.filter(isTimed).map(({ end }) => end)) + 500,
    requests: options.requests,
    observations: keyed,
    items: [...items.values()],
    deadLetters: arrivals.dead,
    calls: {
      'SQS.SendMessageBatch': Math.ceil(options.requests / 4),
      'SQS.ReceiveMessage': options.requests,
      'DynamoDB.PutItem': arrivals.readings.length,
    },
    emptyReceives: 40,
    failedOutputs: 0,
  };
}

/** Five calls, 2.5 s to read and 2.5 s to compute each: the schedule that asyncio shows, 5 to 15 s. */
export function fiveCalls(): RunRecord {
  return exampleRecord({
    requests: 5,
    keys: ['all'],
    readsMax: 5,
    seed: 1,
    readMs: () => 2_500,
    computeMs: 2_496,
    commitMs: 4,
    failEvery: 0,
  });
}

/** 2,000 requests over 50 keys, read times lognormal. */
export function manyRequests(requests = 2_000, keys = 50, readsMax = 100): RunRecord {
  return exampleRecord({
    requests,
    keys: Array.from({ length: keys }, (_, index) => `/segment-${index}`),
    readsMax,
    seed: 7,
    readMs: (random) => lognormal(random, 100, 1.19),
    computeMs: 1,
    commitMs: 4,
    failEvery: 61,
  });
}

/** About what `npm start` on a small log looks like: some tens of requests, a dozen keys of very different size. */
export function smallLog(): RunRecord {
  const names = [
    '/presentations',
    '/blog',
    '/images',
    '/favicon.ico',
    '/projects',
    '/',
    '/files',
    '/日本語のページ',
    '/caf\u00E9',
  ];
  return exampleRecord({
    requests: 120,
    keys: names,
    readsMax: 24,
    seed: 3,
    readMs: (random) => lognormal(random, 120, 0.9),
    computeMs: 9,
    commitMs: 4,
    failEvery: 40,
  });
}

export const HOSTILE_KEYS = [
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u001B[31mred\u001B[0m\u0007',
  'line\r\nbreak\tand tab\u2028',
  '\u202Egnp.exe',
  '👨‍👩‍👧‍👦 family',
  '語'.repeat(80),
  'x'.repeat(300),
  `z${'\u0301'.repeat(500)}`,
  '\u009B2J',
];

export function hostileRecord(): RunRecord {
  return exampleRecord({
    requests: 60,
    keys: HOSTILE_KEYS,
    readsMax: 8,
    seed: 5,
    readMs: (random) => lognormal(random, 50, 0.5),
    computeMs: 3,
    commitMs: 2,
    failEvery: 0,
  });
}

/** The same run, with every fold made twice: each first commit came second to another environment's. */
export function foldedAgain(record: RunRecord): RunRecord {
  const again = record.observations.flatMap((each): RunObservation[] =>
    each.kind === 'compute' ? [each, { ...each, start: each.end, end: each.end + 1 }] : [each],
  );
  return { ...record, observations: again };
}

interface Arrivals {
  readonly observations: RunObservation[];
  readonly readings: { at: number; key: string }[];
  readonly dead: RunRecord['deadLetters'][number][];
}

function readAll(options: ExampleOptions, random: () => number): Arrivals {
  const { requests, keys, readsMax, readMs, failEvery } = options;
  const slots = new Array<number>(Math.min(readsMax, requests)).fill(START);
  const arrivals: Arrivals = { observations: [], readings: [], dead: [] };
  for (let index = 0; index < requests; index += 1) {
    const slot = slots.indexOf(Math.min(...slots));
    const request = `r-${index}`;
    let start = slots[slot] ?? START;
    if (failEvery > 0 && index % failEvery === failEvery - 1) {
      const end = start + readMs(random) / 2;
      arrivals.observations.push({
        kind: 'read',
        request,
        start,
        end,
        outcome: 'failed',
        readings: 0,
        environment: 1,
      });
      start = end + 20;
    }
    const end = start + readMs(random);
    slots[slot] = end;
    const dead = failEvery > 0 && index % (failEvery * 2) === 7;
    const outcome = dead ? 'dead' : 'done';
    arrivals.observations.push({
      kind: 'read',
      request,
      start,
      end,
      outcome,
      readings: dead ? 0 : 1,
      environment: 1,
    });
    if (dead) {
      arrivals.dead.push({
        stage: 'read',
        reason: 'HTTP status 404 from http://127.0.0.1/log',
        attempts: 1 + (index % 3),
        request,
      });
    } else {
      // Squared: the first keys get most, as in real logs.
      const key = keys[Math.floor(random() ** 2 * keys.length)] ?? 'all';
      arrivals.readings.push({ at: end, key });
    }
  }
  return arrivals;
}

function itemOf(key: string, version: number): KeyItem {
  return {
    key,
    lineage: 'l',
    version,
    stateVersion: 1,
    state: JSON.stringify({ clicks: version, bytes: version * 27_431, browsers: { Chrome: version } }),
    sequenceNumber: '',
    partly: [],
    receipts: [],
    pages: 0,
    sentAt: START,
    counts: { applied: version, skipped: 0, dead: 0 },
    lastSkip: '',
    next: { sequence: 1, chunk: 0 },
    parked: 0,
    parkedFirst: '',
    stopped: undefined,
    open: [],
    forgotten: undefined,
    history: [],
    outputs: [],
    pagesSentAt: 0,
    others: '',
  };
}

function lognormal(random: () => number, median: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(5_600, median * Math.exp(sigma * normal));
}

/** mulberry32: small, and good enough to draw with. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

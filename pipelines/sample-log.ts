/**
 * Creates pipelines/data/access.log, the log that the local run reads: an invented site, and addresses that are reserved
 * for documentation (RFC 5737, RFC 3849). The seed is fixed, so everyone gets the same bytes:
 *
 *   npx node pipelines/sample-log.ts
 *
 * It counts the lines that it writes. Tests compare these counts with the pipeline's result, so this file shares no code
 * with the parser.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../model/random.ts';

export const SAMPLE_LOG = join(import.meta.dirname, 'data', 'access.log');
const SAMPLE_SEED = 20_261_122;

export interface SampleLog {
  readonly text: string;
  readonly lines: number;
  /** Number of the line that was cut off, from 1, and its key. */
  readonly malformed: { readonly line: number; readonly key: string };
  /** The sums of the well-formed lines, by key. */
  readonly keys: Readonly<Record<string, { readonly clicks: number; readonly bytes: number }>>;
}

export function makeSampleLog(seed: number = SAMPLE_SEED): SampleLog {
  const random = createRandom(seed);
  const pick = <T>(choices: Choices<T>): T => weighted(random(), choices);
  const keys: Record<string, { clicks: number; bytes: number }> = {};
  const lines: string[] = [];
  const cut = { line: Math.floor(LINES * 0.9), key: '/guides' };
  let time = Date.UTC(2026, 10, 9, 6, 0, 0);
  for (let number = 1; number <= LINES; number += 1) {
    time += Math.floor(random() * 60_000);
    const [key, targets] = number === cut.line ? [cut.key, ['/guides/tides/']] : pick(SECTIONS);
    const target = targets[Math.floor(random() * targets.length)] ?? key;
    const [status, answered] = pick(STATUSES);
    const bytes = answered ? 200 + Math.floor(random() ** 3 * 60_000) : undefined;
    const line =
      `${pick(CLIENTS)}${1 + Math.floor(random() * 120)} - - [${apacheTime(time)}] ` +
      `"${pick(METHODS)} ${target} HTTP/1.1" ${status} ${bytes ?? '-'} "${pick(REFERERS)}" "${pick(AGENTS)}"`;
    if (number === cut.line) {
      lines.push(line.slice(0, -20));
      continue;
    }
    lines.push(line);
    const counted = status < 400 ? key : '(not served)';
    keys[counted] ??= { clicks: 0, bytes: 0 };
    keys[counted].clicks += 1;
    keys[counted].bytes += bytes ?? 0;
  }
  return { text: `${lines.join('\n')}\n`, lines: LINES, malformed: cut, keys };
}

const LINES = 2_200;

/** Possible values, each after its weight. */
type Choices<T> = readonly (readonly [weight: number, choice: T])[];

const SECTIONS: Choices<readonly [key: string, targets: readonly string[]]> = [
  [
    52,
    ['/notes', ['/notes/', '/notes/low-water', '/notes/spring-tide?page=2', '/notes/2026/11/fish-ladder']],
  ],
  [17, ['/guides', ['/guides/tides/', '/guides/locks/how-they-work.html', '/guides/']]],
  [9, ['/img', ['/img/weir-at-dawn.jpg', '/img/gauge.svg', '/img/otter.png?w=640']]],
  [7, ['/', ['/', '/?from=feed']]],
  [6, ['/favicon.ico', ['/favicon.ico']]],
  [4, ['/style.css', ['/style.css', '/style.css?v=3']]],
  [3, ['/feed.xml', ['/feed.xml']]],
  [1, ['/robots.txt', ['/robots.txt']]],
  [1, ['/levels', ['/levels/river?station=4711&unit=cm']]],
];

const STATUSES: Choices<readonly [status: number, withBody: boolean]> = [
  [90, [200, true]],
  [5, [304, false]],
  [3, [404, true]],
  [2, [301, true]],
];

const METHODS: Choices<string> = [
  [97, 'GET'],
  [3, 'HEAD'],
];

const CLIENTS: Choices<string> = [
  [4, '192.0.2.'],
  [3, '198.51.100.'],
  [3, '203.0.113.'],
  [1, '2001:db8::'],
];

const REFERERS: Choices<string> = [
  [6, '-'],
  [3, 'https://rivers.example/notes/'],
  [1, 'https://search.example/?q=weir+\\"low+water\\"'],
];

const AGENTS: Choices<string> = [
  [9, 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'],
  [
    12,
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  ],
  [
    5,
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
  ],
  [2, 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
  [1, 'TideReader/2.3 (feed reader; rivers.example)'],
  [1, '-'],
];

function weighted<T>(random: number, choices: Choices<T>): T {
  const [first] = choices;
  if (first === undefined) throw new RangeError('nothing to choose from');
  let left = random * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, choice] of choices) {
    if (left < weight) return choice;
    left -= weight;
  }
  return first[1];
}

/** 09/Nov/2026:06:00:00 +0000 */
function apacheTime(time: number): string {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}

if (import.meta.main) writeFileSync(SAMPLE_LOG, makeSampleLog().text);

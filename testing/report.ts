/** What the kit found out: findings in plain sentences, and what it looked at to find them. */

export type FindingKind =
  | 'not deterministic'
  | 'not pure'
  | 'order-sensitive'
  | 'false merge'
  | 'migration fails'
  | 'not rebuilt'
  | 'poison'
  | 'not JSON'
  | 'too large'
  | 'state grows'
  | 'wrong under faults';

export interface Finding {
  readonly kind: FindingKind;
  /** What happened, to which reading. */
  readonly text: string;
  readonly wayOut: string;
  /** Of a finding of the simulation: the seed that repeats it, and what happened to the request concerned. */
  readonly seed?: number;
  readonly story?: readonly string[];
}

/** How far the pipeline was looked at, so that "nothing found" can be judged. */
export interface Coverage {
  readonly requests: number;
  readonly readings: number;
  readonly keys: number;
}

export interface ComputeReport extends Coverage {
  readonly problems: readonly Finding[];
  /** Properties that may be meant: `orderSensitive: false` and `growing: false` make problems of them. */
  readonly notices: readonly Finding[];
  /** State and outputs of each key after the plain fold: its readings one after the other, in the order of the requests. */
  readonly states: ReadonlyMap<string, unknown>;
  readonly outputs: ReadonlyMap<string, readonly unknown[]>;
}

export interface SimulationReport extends Coverage {
  readonly problems: readonly Finding[];
  readonly seeds: number;
  /** Readings that took effect, over all seeds. */
  readonly applied: number;
  /** What was done to the functions and calls, each kind counted over all seeds. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface Findings {
  add(finding: Finding): void;
  has(kind: FindingKind): boolean;
  list(): Finding[];
}

/** What fails over some readings is named for a few of them; what is wrong everywhere needs one example. */
const POISON_SHOWN = 3;

export function collectFindings(): Findings {
  const byKind = new Map<FindingKind, Finding[]>();
  return {
    add(finding) {
      byKind.set(finding.kind, [...(byKind.get(finding.kind) ?? []), finding]);
    },
    has: (kind) => byKind.has(kind),
    list: () =>
      [...byKind].flatMap(([kind, findings]) => {
        const shown = findings.slice(0, kind === 'poison' ? POISON_SHOWN : 1);
        const more = findings.length - shown.length;
        return shown.map((finding, index) =>
          more > 0 && index === shown.length - 1
            ? { ...finding, text: `${finding.text}\n  (and ${more} more like it)` }
            : finding,
        );
      }),
  };
}

export function tellFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ kind, text, wayOut, story = [] }) => [`${kind}: ${text}`, ...story, `  ${wayOut}`].join('\n'))
    .join('\n');
}

/** The way out for a compute that depends on time or chance. */
export const UNREPEATABLE =
  'A commit may be computed again after a crash or a conflict. Let read put time and chance into the reading, or take ' +
  "the context's sentAt, which is the same on every attempt. Name the zone and the language: getUTCHours(), " +
  "{ timeZone: 'UTC' }, 'en-US'.";

const SHOWN_LENGTH = 160;

/** A value in a sentence: short, and on one line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 1)}…` : text;
}

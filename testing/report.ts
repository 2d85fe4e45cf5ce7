/** The kit's report: findings in plain sentences, and the amount that was tested. */

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
  /** The fact, and the reading concerned. */
  readonly text: string;
  readonly wayOut: string;
  /** For a finding of the simulation: the seed that repeats it, and the trace of the request concerned. */
  readonly seed?: number;
  readonly story?: readonly string[];
}

/** How much was tested, so that a report without findings can be judged. */
export interface Coverage {
  readonly requests: number;
  readonly readings: number;
  readonly keys: number;
}

export interface ComputeReport extends Coverage {
  readonly problems: readonly Finding[];
  /**
   * Properties that may be intended: `orderSensitive: false` and `growing: false` turn them into problems.
   */
  readonly notices: readonly Finding[];
  /**
   * State and outputs of each key after the plain fold: its readings one after another, in the order of the
   * requests.
   */
  readonly states: ReadonlyMap<string, unknown>;
  readonly outputs: ReadonlyMap<string, readonly unknown[]>;
}

export interface SimulationReport extends Coverage {
  readonly problems: readonly Finding[];
  readonly seeds: number;
  /** Readings that took effect, over all seeds. */
  readonly applied: number;
  /** Injected faults by kind, counted over all seeds. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface Findings {
  add(finding: Finding): void;
  has(kind: FindingKind): boolean;
  list(): Finding[];
}

/** Poison is shown for a few readings; a general fault needs one example. */
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
            ? { ...finding, text: `${finding.text}\n  (and ${more} more like this)` }
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
  'A commit may be computed again after a crash or a conflict. Let read put times and random values into the reading, ' +
  "or use the context's sentAt, which is the same on every attempt. Name the time zone and the language: " +
  "getUTCHours(), { timeZone: 'UTC' }, 'en-US'.";

const SHOWN_LENGTH = 160;

/** A value for use in a sentence: short, and on one line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 1)}…` : text;
}

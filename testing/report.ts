/** What the kit found out: findings in plain sentences, and what it looked at to find them. */

export type FindingKind =
  | 'not deterministic'
  | 'not pure'
  | 'order-sensitive'
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

/** More findings of one kind say the same again. */
const SHOWN_OF_A_KIND = 3;

export interface Findings {
  readonly list: Finding[];
  add(finding: Finding): void;
}

export function collectFindings(): Findings {
  const list: Finding[] = [];
  return {
    list,
    add(finding) {
      if (list.filter(({ kind }) => kind === finding.kind).length < SHOWN_OF_A_KIND) list.push(finding);
    },
  };
}

export function tellFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ kind, text, wayOut, story = [] }) => [`${kind}: ${text}`, ...story, `  ${wayOut}`].join('\n'))
    .join('\n');
}

const SHOWN_LENGTH = 160;

/** A value in a sentence: short, and on one line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 1)}…` : text;
}

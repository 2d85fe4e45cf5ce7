/** The item with the comparison of a key. No commit reads or writes it. */
import { type Comparison, FINDINGS_MAX, NOTHING, type ShadowJob } from './compare-commit.ts';
import type { ShadowFinding } from './findings.ts';

export interface ShadowItem {
  readonly key: string;
  /** The lineage of the key's item, and the version of the last commit that this item includes. */
  readonly lineage: string;
  readonly version: number;
  /** Hash of the code of the pipeline and of its shadow. If it changes, the comparison starts again. */
  readonly code: string;
  /** When the first and the newest message of the comparison were sent: epoch ms, SQS's clock. */
  readonly since: number;
  readonly sentAt: number;
  readonly commits: number;
  /** Commits between the first and the newest that were not compared, because time was up or the function ended. */
  readonly missed: number;
  readonly readings: number;
  readonly different: number;
  readonly threw: number;
  readonly slow: number;
  readonly realMs: number;
  readonly shadowMs: number;
  /** The first findings, at most FINDINGS_MAX. */
  readonly findings: readonly ShadowFinding[];
  /** The newest commit that the shadow failed to compare, and why. */
  readonly trouble: { readonly version: number; readonly reason: string } | undefined;
}

export type Answer = Comparison | { readonly failure: string };

export interface ShadowStore {
  load(key: string): Promise<ShadowItem | undefined>;
  /** Throws if the stored item is no longer `base`. */
  put(next: ShadowItem, base: ShadowItem | undefined): Promise<void>;
}

/** The item with one more commit. Unchanged if it includes that commit already. */
export function withAnswer(
  item: ShadowItem | undefined,
  code: string,
  job: ShadowJob,
  answer: Answer,
): ShadowItem {
  const known = item?.lineage === job.lineage && item.code === code ? item : begun(code, job);
  if (known.version >= job.version) return known;
  const missed = known.missed + job.version - 1 - known.version;
  const next = { ...known, version: job.version, missed, sentAt: Math.max(known.sentAt, job.sentAt) };
  if ('failure' in answer) {
    return { ...next, missed: missed + 1, trouble: { version: job.version, reason: answer.failure } };
  }
  return {
    ...next,
    commits: next.commits + 1,
    readings: next.readings + answer.readings,
    different: next.different + answer.different,
    threw: next.threw + answer.threw,
    slow: next.slow + answer.slow,
    realMs: next.realMs + answer.realMs,
    shadowMs: next.shadowMs + answer.shadowMs,
    findings: [...next.findings, ...answer.findings].slice(0, FINDINGS_MAX),
  };
}

export function begun(code: string, { input, lineage, version, sentAt }: ShadowJob): ShadowItem {
  return {
    key: input.key,
    lineage,
    code,
    version: version - 1,
    since: sentAt,
    sentAt,
    commits: 0,
    missed: 0,
    ...NOTHING,
    trouble: undefined,
  };
}

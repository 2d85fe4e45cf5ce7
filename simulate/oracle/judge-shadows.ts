/**
 * Judges the shadows' items: each reading with a planted difference is found and named, and no other;
 * readings that were not compared are counted as missed; and nothing of a state survives a forget.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { decodeShadow } from '../../functions/aws/dynamo-shadows.ts';
import type { ShadowItem } from '../../functions/compute/shadow/shadow-item.ts';
import { plantedIn } from '../subject/shadow.ts';
import { type Ledger, name } from './ledger.ts';
import type { SlotFacts } from './message-facts.ts';

type Commits = Map<number, SlotFacts[][]>;

export interface ShadowJudge {
  /**
   * The readings that a commit applied, by key and lineage. A key that was restored makes a version twice.
   */
  committed(key: string, lineage: string, version: number, applied: readonly SlotFacts[]): void;
  written(before: Item | undefined, after: Item): void;
}

export function judgeShadows(ledger: Ledger): ShadowJudge {
  const keys = new Map<string, Commits>();
  const commitsOf = (key: string, lineage: string): Commits => {
    const id = JSON.stringify([key, lineage]);
    const commits: Commits = keys.get(id) ?? new Map();
    keys.set(id, commits);
    return commits;
  };
  return {
    committed(key, lineage, version, applied) {
      const commits = commitsOf(key, lineage);
      commits.set(version, [...(commits.get(version) ?? []), [...applied]]);
    },
    written(before, after) {
      const next = decodeShadow(after);
      const known = before && decodeShadow(before);
      const base = known?.lineage === next.lineage && known.code === next.code ? known : undefined;
      judge(next, base, known === undefined, commitsOf(next.key, next.lineage), ledger);
    },
  };
}

function judge(
  next: ShadowItem,
  base: ShadowItem | undefined,
  isFirst: boolean,
  commits: Commits,
  { broken, count }: Ledger,
): void {
  const wrong = (text: string) => broken('I20 shadow', text, name(next.key));
  if (isFirst && (next.findings.length > 0 || next.trouble !== undefined))
    wrong('an item that tells of the state replaces none');
  for (const finding of next.findings.slice(base?.findings.length ?? 0)) {
    const { version, request, chunk, index, threw } = finding;
    const slots = (commits.get(version) ?? []).flat();
    const wanted = threw === undefined ? 'differs' : 'throws';
    const isPlanted = slots.some(
      ({ message, reading, index: place }) =>
        message.place.chunk === chunk && place === index && plantedIn(reading) === wanted,
    );
    if (!isPlanted)
      wrong(`reading ${index} of message ${chunk} of ${request} is told, and nothing was planted there`);
    count('shadowFound');
  }
  const from = base?.version ?? next.version - next.commits - next.missed;
  const missed = next.missed - (base?.missed ?? 0);
  if (missed > 0) count('shadowMissed');
  const versions = Array.from({ length: next.version - from }, (_, at) => commits.get(from + 1 + at) ?? []);
  if (missed > 0 || versions.some((variants) => variants.length !== 1)) return;
  count('shadowCompared');
  const plants = versions.flat(2).map(({ reading }) => plantedIn(reading));
  for (const [planted, of] of [['differs', 'different'] as const, ['throws', 'threw'] as const]) {
    const expected = plants.filter((each) => each === planted).length;
    const found = next[of] - (base?.[of] ?? 0);
    if (found !== expected) wrong(`of ${expected} readings that ${planted} ${found} were counted`);
  }
}

/** The words of pausing: the parts that may be paused, and the text that reports it. */
import { type Braked, PARTS, type Part } from '../../operate/brake.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { noSuchAction } from '../terminal/options.ts';
import { quote } from '../terminal/print.ts';

export function partsOf(positionals: readonly string[]): Part[] {
  if (positionals.length === 0) throw noSuchAction(undefined, PARTS);
  return positionals.map((given) => PARTS.find((part) => part === given) ?? refuse(given));
}

function refuse(given: string): never {
  throw noSuchAction(given, PARTS);
}

/** The words for the parts in a sentence. */
export const PART_WORDS = {
  reads: 'reads',
  computes: 'computes',
  writes: 'writes',
  backfill: 'reads of the backfill',
} as const satisfies Record<Part, string>;

export function say({ name }: Deployment, { part, state, problems }: Braked, wanted: string): void {
  const slow = state === 'changing' ? '; Lambda has not switched yet, "weir status" shows when it has' : '';
  console.log(`${name}: ${PART_WORDS[part]} are ${wanted}${slow}.`);
  for (const problem of problems) console.log(`  ${quote(problem)}`);
}

import type { SourcePatch } from '../patch-source.ts';

export interface Mutant extends SourcePatch {
  readonly name: string;
  /** What would go wrong in production. */
  readonly why: string;
  /** A seed that finds it, where the first ones do not: tests begin with it. The campaign's table has them all. */
  readonly seed?: number;
}

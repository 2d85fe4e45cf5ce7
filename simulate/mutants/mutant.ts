import type { SourcePatch } from '../patch-source.ts';

export interface Mutant extends SourcePatch {
  readonly name: string;
  /** What would go wrong in production. */
  readonly why: string;
}

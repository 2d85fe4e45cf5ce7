import type { SourcePatch } from '../campaign/patch-source.ts';

export interface Mutant extends SourcePatch {
  readonly name: string;
  /** What would go wrong in production. */
  readonly why: string;
}

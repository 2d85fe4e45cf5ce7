import type { SourcePatch } from '../campaign/patch-source.ts';

export interface Mutant extends SourcePatch {
  readonly name: string;
  /** What the bug would cause in production. */
  readonly why: string;
}

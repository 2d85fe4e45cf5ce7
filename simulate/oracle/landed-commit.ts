/** A commit as it landed in the table, which the checks look at, and how they say what it breaks. */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import type { Mode } from '../subject/mode.ts';
import type { SecondBuild } from '../world/second-build.ts';
import type { MessageFacts } from './message-facts.ts';
import type { Trials } from './trials.ts';

export type Break = (invariant: string, text: string) => void;

export interface LandedCommit {
  readonly before: Item | undefined;
  readonly after: Item;
  readonly dead: readonly Item[];
  readonly parked: readonly ParkedChange[];
  /** Receipts of a page of this key and lineage that is in the table. */
  readonly page: (number: number) => readonly string[];
  readonly trials: Trials;
  readonly build: number;
  readonly secondBuild: SecondBuild;
  readonly mode: Mode;
  /** Epoch ms. */
  readonly now: number;
}

/** What was parked and is no more. */
export interface Unparked {
  readonly sk: string;
  readonly message: MessageFacts;
}

export interface ParkedChange {
  readonly sk: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

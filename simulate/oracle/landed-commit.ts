/** A commit as it landed in the table, for the checks, and the type of their reports. */
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
  /** Receipts of a page in the table, for this key and lineage. */
  readonly page: (number: number) => readonly string[];
  readonly trials: Trials;
  readonly build: number;
  readonly secondBuild: SecondBuild;
  /** The migration of the key fails as long as not everything has healed. */
  readonly failsToMigrate: boolean;
  readonly mode: Mode;
  /** Epoch ms. */
  readonly now: number;
}

/** A message that was parked and no longer is. */
export interface Unparked {
  readonly sk: string;
  readonly message: MessageFacts;
}

export interface ParkedChange {
  readonly sk: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/**
 * The planted bugs: small changes to the product's sources, made while they are loaded. Production code
 * contains none of them. Each must be found within 2,000 seeds; docs/simulation.md has the rates.
 */
import { commits } from './commits.ts';
import { feeds } from './feeds.ts';
import { gaps } from './gaps.ts';
import { isolation } from './isolation.ts';
import { keyLife } from './key-life.ts';
import { lanes } from './lanes.ts';
import { letters } from './letters.ts';
import { merges } from './merges.ts';
import type { Mutant } from './mutant.ts';
import { order } from './order.ts';
import { outputs } from './outputs.ts';
import { pauses } from './pauses.ts';
import { poison } from './poison.ts';
import { proof } from './proof.ts';
import { receipts } from './receipts.ts';
import { requests } from './requests.ts';
import { requestsOfWrites } from './requests-of-writes.ts';
import { shadows } from './shadows.ts';
import { stops } from './stops.ts';
import { wakes } from './wakes.ts';

export const mutants: readonly Mutant[] = [
  ...commits,
  ...receipts,
  ...proof,
  ...order,
  ...stops,
  ...poison,
  ...isolation,
  ...requests,
  ...requestsOfWrites,
  ...lanes,
  ...outputs,
  ...pauses,
  ...keyLife,
  ...wakes,
  ...merges,
  ...gaps,
  ...shadows,
  ...letters,
  ...feeds,
];

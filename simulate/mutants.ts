/**
 * The planted bugs: small changes to the product's sources, made while they are loaded. Production code carries none
 * of them. Each must be caught within 2,000 seeds; docs/simulation.md has the rates.
 */
import { commits } from './mutants/commits.ts';
import { isolation } from './mutants/isolation.ts';
import type { Mutant } from './mutants/mutant.ts';
import { order } from './mutants/order.ts';
import { outputs } from './mutants/outputs.ts';
import { poison } from './mutants/poison.ts';
import { proof } from './mutants/proof.ts';
import { receipts } from './mutants/receipts.ts';
import { requests } from './mutants/requests.ts';
import { stops } from './mutants/stops.ts';

export const mutants: readonly Mutant[] = [
  ...commits,
  ...receipts,
  ...proof,
  ...order,
  ...stops,
  ...poison,
  ...isolation,
  ...requests,
  ...outputs,
];

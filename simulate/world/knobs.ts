/**
 * Limits of the product that a seed lowers, so that events that take thousands of readings in production
 * (receipt pages, requests of several messages) happen within sixty requests. patch-source.ts makes limits.ts
 * adjustable; production code does not contain this.
 */

import type { SourcePatch } from '../campaign/patch-source.ts';
import type { Mode } from '../subject/mode.ts';
import type { Chance } from './chance.ts';

export interface Knobs {
  readonly RECEIPTS_PER_PAGE: number;
  readonly MESSAGE_BYTES_MAX: number;
  readonly COMPRESSED_FROM_BYTES: number;
  readonly STATE_BYTES_MAX: number;
  readonly OUTPUTS_BYTES_MAX: number;
  readonly DROPPED_PER_COMMIT_MAX: number;
}

const ORIGINAL: Knobs = {
  RECEIPTS_PER_PAGE: 50,
  MESSAGE_BYTES_MAX: 256 * 1024,
  COMPRESSED_FROM_BYTES: 6 * 1024,
  STATE_BYTES_MAX: 300 * 1024,
  OUTPUTS_BYTES_MAX: 64 * 1024,
  DROPPED_PER_COMMIT_MAX: 25,
};
const SMALL = {
  MESSAGE_BYTES_MAX: 1_600,
  COMPRESSED_FROM_BYTES: 600,
  STATE_BYTES_MAX: 16 * 1024,
  OUTPUTS_BYTES_MAX: 8 * 1024,
};
const NAMES = Object.keys(ORIGINAL);
const SETTER = 'weirTurnKnobs';

/** More receipts for each page than a seed has. */
export const NO_PAGES = 1_000;

export function drawKnobs(chance: Chance, { order, poison }: Mode): Knobs {
  const few = chance.pick([2, 3, 5, 8, ORIGINAL.RECEIPTS_PER_PAGE]);
  const none = order === 'request' && poison === 'stop' && chance.happens(0.6);
  return {
    ...(chance.happens(0.97) ? SMALL : ORIGINAL),
    RECEIPTS_PER_PAGE: none ? NO_PAGES : few,
    DROPPED_PER_COMMIT_MAX: chance.pick([1, 3, ORIGINAL.DROPPED_PER_COMMIT_MAX]),
  };
}

/** The exported constants become variables; importing modules see their changes. */
export const knobPatches: readonly SourcePatch[] = NAMES.map((name) => ({
  file: 'functions/limits.ts',
  find: `export const ${name} = `,
  replace:
    `(globalThis as Record<string, unknown>)['${SETTER}:${name}'] = (value: number) => { ${name} = value; };\n` +
    `export let ${name}: number = `,
}));

export function turnKnobs(knobs: Knobs): void {
  for (const [name, value] of Object.entries(knobs)) {
    const turn: unknown = Reflect.get(globalThis, `${SETTER}:${name}`);
    if (typeof turn !== 'function') throw new Error(`limits.ts was loaded without its patch for ${name}`);
    turn(value);
  }
}

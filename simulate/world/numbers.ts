/**
 * How the readings queue numbers its messages in a seed. SQS's numbers grow; those of a replacement queue
 * start again, and another engine may number as it likes. The order of the messages is always the same; only
 * the numbers given to the function differ.
 */
import { hash } from 'node:crypto';
import type { Chance } from './chance.ts';

export interface Numbers {
  /** The number given to the function in place of the queue's own. */
  readonly told: (sequenceNumber: string) => string;
  /** Whether the numbers can decrease. */
  readonly fall: boolean;
  readonly description: string;
}

export const growing: Numbers = { told: (number) => number, fall: false, description: 'numbers grow' };

const FALL = 10n ** 19n;

export function drawNumbers(chance: Chance, span: { readonly from: number; readonly to: number }): Numbers {
  const kind = chance.pick(['replaced', 'scattered', ...Array.from({ length: 10 }, () => 'growing')]);
  if (kind === 'replaced') {
    const from = BigInt(
      `1884${String(Math.floor(chance.between(span.from, span.to)) * 1000).padStart(16, '0')}`,
    );
    const told = (number: string) => String(BigInt(number) < from ? BigInt(number) : BigInt(number) - FALL);
    return { told, fall: true, description: `the readings queue is replaced at ${from}` };
  }
  if (kind === 'scattered') {
    const told = (number: string) => BigInt(`0x${hash('sha256', number).slice(0, 30)}`).toString();
    return { told, fall: true, description: 'the readings queue numbers at random' };
  }
  return growing;
}

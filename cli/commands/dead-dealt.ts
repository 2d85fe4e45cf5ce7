/** Reports the end of a redrive or a discard. */
import { formatCountOf } from '../../local/report/units.ts';
import type { Dealt } from '../../operate/dead.ts';
import type { DeadLetter } from '../../operate/dead-letter.ts';
import { printJson, quote } from '../terminal/print.ts';

/** Returns the exit status. */
export function reportDealt(
  { done, failed, missing }: Dealt,
  action: 'redrive' | 'discard',
  json: boolean,
): number {
  const verb = action === 'redrive' ? 'Redriven' : 'Discarded';
  if (json) {
    const brief = ({ body: _, ...letter }: DeadLetter) => letter;
    printJson({
      done: done.map(brief),
      failed: failed.map(({ letter, reason }) => ({ ...brief(letter), problem: reason })),
      missing,
    });
  } else {
    console.log(`${verb} ${formatCountOf(done.length, 'dead letter')}.`);
    for (const { letter, reason } of failed) console.log(`  ${letter.id}: it stays, ${quote(reason)}`);
    for (const id of missing)
      console.log(`  ${quote(id)}: there is no such dead letter among those that can be seen`);
  }
  return failed.length + missing.length === 0 ? 0 : 1;
}

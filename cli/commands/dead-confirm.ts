/** Asks before many dead letters are deleted: a deleted letter cannot be redriven. */
import { formatCountOf } from '../../local/report/units.ts';
import { type DeadOptions, listDead, type Selection } from '../../operate/dead.ts';
import { groupDead } from '../../operate/dead-groups.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { saysYes } from '../terminal/confirm.ts';
import { showGroups } from './dead-list.ts';

/** Shows how many letters there are and why, and returns whether the user agrees. */
export async function confirmDiscard(
  deployment: Deployment,
  selection: Exclude<Selection, readonly string[]>,
  options: DeadOptions,
): Promise<boolean> {
  const letters = await listDead(deployment, options);
  const chosen = selection === 'all' ? letters : letters.filter(selection);
  if (chosen.length === 0) return true; // The command says that there is nothing to delete.
  showGroups(
    groupDead(chosen, ({ reason }) => reason),
    'reason',
    false,
  );
  const which = formatCountOf(chosen.length, 'dead letter');
  const said = await saysYes(
    `\nDiscard ${which} for good, and those of the same kind behind them? yes or no: `,
  );
  if (!said) console.log('Nothing was discarded.');
  return said;
}

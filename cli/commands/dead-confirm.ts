/** Asks before many dead letters are deleted: a deleted letter cannot be redriven. */
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { formatCountOf } from '../../local/report/units.ts';
import { type DeadOptions, listDead, type Selection } from '../../operate/dead.ts';
import { groupDead } from '../../operate/dead-groups.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { showGroups } from './dead-list.ts';

export function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

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

export async function saysYes(
  question: string,
  input: Readable = process.stdin,
  output: Writable = process.stdout,
): Promise<boolean> {
  const lines = createInterface({ input, output });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(question), ended]);
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    lines.close();
  }
}

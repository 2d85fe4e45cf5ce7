/** `npm run demo -- life`: the life of one account, as in docs/life.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '../../../cli/terminal/options.ts';
import { assertWritable, saveFile } from '../../../cli/terminal/output-file.ts';
import { HEAD, renderLife } from './page.ts';
import { playLife, type Told } from './play-life.ts';

const HELP = `npm run demo -- life [options]

Plays the life of one account on this machine, command by command: its first statement is number 57, a new build migrates
its state, a shadow finds one difference, a wake comes after silence, it is forgotten, and a dead letter is redriven late.

  --page FILE     write what was told as a page; docs/life.md is such a page

Example: npm run demo -- life`;

export async function demoLife(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    page: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.page !== undefined) await assertWritable({ page: values.page });
  const folder = await mkdtemp(join(tmpdir(), 'weir-life-'));
  const told: Told[] = [];
  try {
    await using _ = await playLife(folder, (one) => {
      told.push(one);
      console.log(renderLife([one]));
    });
    if (values.page !== undefined) await saveFile(values.page, `${HEAD}${renderLife(told)}`);
    return 0;
  } finally {
    await rm(folder, { recursive: true });
  }
}

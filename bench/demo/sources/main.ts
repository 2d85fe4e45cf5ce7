/** `npm run demo -- sources`: the effect of limits on a source that refuses reads. */
import { relative, resolve } from 'node:path';
import { parseOptions } from '../../../cli/terminal/options.ts';
import { assertWritable, saveFile } from '../../../cli/terminal/output-file.ts';
import { printTable } from '../../../cli/terminal/print.ts';
import { figuresOf, SAID, TITLES } from './figures.ts';
import { renderSourcesPage } from './page.ts';
import { playSources } from './play.ts';

const HELP = `npm run demo -- sources [options]

Reads a source that allows 20 reads a second in three ways: 200 at once, with a rate set by hand, and adaptive. Prints what
was served and refused, and draws it. It runs on a virtual clock, in seconds.

  --json FILE     write the figures by the second as JSON
  --page FILE     where the page goes (default .weir/demo-sources.html)

Example: npm run demo -- sources`;

const SEED = 1;

export async function demoSources(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    json: { type: 'string' },
    page: { type: 'string', default: '.weir/demo-sources.html' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  await assertWritable({ json: values.json, page: values.page });
  const ways = await playSources(SEED);
  console.log(`${SAID}\n`);
  printTable(
    TITLES.map((title, index) => ({ title, align: index === 0 ? 'left' : 'right' })),
    ways.map(figuresOf),
  );
  await saveFile(values.page, renderSourcesPage(ways));
  console.log(`\nThe picture as a page: ${relative(process.cwd(), resolve(values.page))}`);
  if (values.json !== undefined) await saveFile(values.json, `${JSON.stringify(ways, null, 2)}\n`);
  return 0;
}

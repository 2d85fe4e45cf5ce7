/** `weir export`: all states, for use in a pipe. */
import { once } from 'node:events';
import { formatCountOf } from '../../local/report/units.ts';
import { countItems, type ExportPage, exportStates } from '../../operate/export.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { parseOptions } from '../terminal/options.ts';
import { createRequestsProgress } from '../terminal/requests-progress.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';
import { whereOption } from './where-option.ts';

const HELP = `weir export [options]

Writes the states of all keys to standard output, one line of JSON each (NDJSON), in no order:
  {"key": "blog", "version": 17, "state": {"count": 3}}
A state with a later version of its shape also has "stateVersion". Numbers keep all their digits. Progress goes to
standard error. The export scans the whole table, and AWS bills that scan. It is no snapshot: each state was committed
before its page was read, and no state that was committed before the export began is missing.

${TARGET_HELP.replace(/\n *--json.*$/, '')}
  --json             changes nothing: the output is JSON anyway
  --prefix TEXT      only keys that begin with TEXT
  --where EXPR       only states that match: a path, one of = != > >= < <=, and a JSON value

Exit status 0: all states were written. Otherwise some are missing: 1 it failed, 130 interrupted, 141 nobody reads it.
Needs: cloudformation:DescribeStacks, dynamodb:Scan; for progress dynamodb:DescribeTable.
Examples: weir export > states.ndjson
          weir export --stack clicks-production --where 'count > 3' | gzip > states.ndjson.gz`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  prefix: { type: 'string', default: '' },
  where: { type: 'string' },
} as const;

export async function exportCommand(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const where = whereOption(values.where);
  const signal = listenForInterruption();
  return withDeployment(values, async (deployment) => {
    const total = await countItems(deployment);
    const pages = exportStates(deployment, { prefix: values.prefix, signal, ...(where && { where }) });
    const { written, unbegun } = await writeAll(pages, total, signal);
    const without = unbegun === 0 ? '' : `; ${formatCountOf(unbegun, 'key')} without a state left out`;
    console.error(`Exported ${formatCountOf(written, 'state')} of ${deployment.name}${without}.`);
    return 0;
  });
}

async function writeAll(pages: AsyncIterable<ExportPage>, total: number | undefined, signal: AbortSignal) {
  let scanned = 0;
  let written = 0;
  let unbegun = 0;
  using progress = createRequestsProgress(total, 'items');
  for await (const page of pages) {
    await write(page.lines.join(''), signal);
    scanned += page.scanned;
    written += page.lines.length;
    unbegun += page.unbegun;
    progress.update(scanned);
  }
  return { written, unbegun };
}

/** Waits for the reader of the pipe. A reader that has closed it is an interruption. */
async function write(text: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (process.stdout.write(text)) return;
  await once(process.stdout, 'drain', { signal });
}

/** `weir migrate`: brings quiet keys to the newest version of their state. */
import { formatCountOf } from '../../local/report/units.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { countItems } from '../../operate/export.ts';
import { keysBehind, touchBehind } from '../../operate/migrate.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, parseOptions, UsageError } from '../terminal/options.ts';
import { FOUND, printJson } from '../terminal/print.ts';
import { createRequestsProgress } from '../terminal/requests-progress.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir migrate --to N [--all] [options]

Weir migrates a key when it next computes readings of it. A key without new readings keeps its old state. This command
counts the keys whose state has a version below N. With --all it sends each of them a command, and the compute function
migrates the key. Deploy the build with version N first: an older build ignores the command. If it is interrupted, run it
again: it finds only keys that are not migrated yet.

${TARGET_HELP}
  --to N             the version that all states should have: state.version of the pipeline
  --all              migrate them; without it they are only counted
  --rate N           at most this many keys a second (default 50)
  --wait SECONDS     wait at most this long for the last ones (default 60)

Exit status 0: no key has an older state. 3: some have; with --all: their migration failed, or took longer.
Needs: cloudformation:DescribeStacks, dynamodb:Scan; with --all: sqs:SendMessage on the readings queue; for the progress
bar: dynamodb:DescribeTable.
Examples: weir migrate --to 2 --stack energy-production
          weir migrate --to 2 --all --rate 200 --stack energy-production`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  to: { type: 'string' },
  all: { type: 'boolean', default: false },
  rate: { type: 'string' },
  wait: { type: 'string' },
} as const;

export async function migrate(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const to = countOption('to', values.to, 2, 1_000_000);
  if (to === undefined) throw new UsageError('--to N is missing: the version that all states should have');
  const perSecond = countOption('rate', values.rate, 1, 10_000) ?? 50;
  const waitMs = (countOption('wait', values.wait, 0, 86_400) ?? 60) * 1000;
  const signal = listenForInterruption();
  return withDeployment(values, async (deployment) => {
    const total = await countItems(deployment);
    const done = values.all ? await touch(deployment, { to, perSecond, signal }, total) : undefined;
    const left = await countBehind(deployment, to, done === undefined ? 0 : waitMs, signal);
    if (values.json) printJson({ to, ...done, left });
    else console.log(sentence(to, done, left));
    return left === 0 ? 0 : FOUND;
  });
}

interface Done {
  readonly touched: number;
  readonly refused: readonly string[];
}

async function touch(
  deployment: Deployment,
  options: Parameters<typeof touchBehind>[1],
  total: number | undefined,
): Promise<Done> {
  let scanned = 0;
  let touched = 0;
  const refused = new Set<string>();
  using progress = createRequestsProgress(total, 'items');
  for await (const step of touchBehind(deployment, options)) {
    scanned += step.scanned;
    touched += step.touched;
    for (const reason of step.refused) refused.add(reason);
    progress.update(scanned);
  }
  return { touched, refused: [...refused] };
}

const LOOK_EVERY_MS = 2_000;

/** Counts again until no key is left, the number no longer falls, or the time is up. */
async function countBehind(
  deployment: Deployment,
  to: number,
  waitMs: number,
  signal: AbortSignal,
): Promise<number> {
  const until = Date.now() + waitMs;
  for (;;) {
    let left = 0;
    for await (const { keys } of keysBehind(deployment, to, signal)) left += keys.length;
    if (left === 0 || Date.now() + LOOK_EVERY_MS > until || signal.aborted) return left;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function sentence(to: number, done: Done | undefined, left: number): string {
  const behind = `${formatCountOf(left, 'key')} ${left === 1 ? 'has' : 'have'} a state of a version below ${to}`;
  if (done === undefined)
    return left === 0 ? `No key has a state of a version below ${to}.` : `${behind}; --all migrates them.`;
  const refused = done.refused.length === 0 ? '' : ` SQS refused some: ${done.refused.join(', ')}.`;
  const rest =
    left === 0
      ? 'None is left.'
      : `${behind} still: they wait their turn, the deployed build is older, or their migration failed ("weir dead list"). Run it again.`;
  return `Sent the command to ${formatCountOf(done.touched, 'key')}.${refused} ${rest}`;
}

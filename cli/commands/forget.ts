/** `weir forget KEY`: deletes everything that is kept of a key. */
import type { Deployment } from '../../operate/deployment.ts';
import { forget } from '../../operate/words.ts';
import { isTerminal, saysYes } from '../terminal/confirm.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { parseCommand, UsageError, words } from '../terminal/options.ts';
import { printJson, quote } from '../terminal/print.ts';
import { SAY_HELP, SAY_OPTIONS, sayOptions } from './say-options.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir forget KEY [options]

Removes the state of a key, its parked messages, and the copies of its dead letters in the table. For 70 days Weir keeps
hashes of the messages that it applied, so that nothing old is applied again. Later readings start the key again, or are
skipped (afterForget in the pipeline). Readings that were sent to the key before the command are computed before it.

The data may remain elsewhere: in backups, the stream, queues and your own sinks. See docs/forgetting.md.

${TARGET_HELP}
  --reason TEXT      why; kept with the key
  --yes              do not ask; a script needs it
${SAY_HELP}

Exit status 0: done, or sent with --no-wait. 1: no effect in time, or you did not say yes.
Needs: cloudformation:DescribeStacks, sqs:SendMessage on the readings queue; to wait: dynamodb:GetItem.
Example: weir forget customer-17 --stack billing-production --yes --reason 'request 4711 of 2026-11-28'`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  ...SAY_OPTIONS,
  reason: { type: 'string', default: '' },
  yes: { type: 'boolean', default: false },
} as const;

export async function forgetCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [key = ''] = words(positionals, 'KEY');
  const options = { ...sayOptions(values), signal: listenForInterruption() };
  if (!values.yes && !isTerminal()) {
    throw new UsageError('forget deletes what Weir keeps of a key for good: add --yes');
  }
  return withDeployment(values, async (deployment) => {
    if (!values.yes && !(await agreed(key, deployment))) return 1;
    const { outcome, id, after } = await forget(deployment, key, values.reason, options);
    if (values.json) printJson({ key, outcome, id, version: after?.version });
    else if (outcome === 'done')
      console.log(`${quote(key)} is forgotten, at version ${after?.forgotten?.version}.`);
    else
      console.log(
        `${quote(key)}: the command is sent (id ${id}), but it has no effect yet; it waits in the queue.`,
      );
    return outcome === 'done' || options.waitMs === 0 ? 0 : 1;
  });
}

async function agreed(key: string, { name }: Pick<Deployment, 'name'>): Promise<boolean> {
  const said = await saysYes(
    `Forget the key ${quote(key)} of ${name} for good: its state, its parked messages and the copies of its dead letters? yes or no: `,
  );
  if (!said) console.log('Nothing was forgotten.');
  return said;
}

/** `weir forget KEY`: lets go of what is kept of a key. */
import { forget } from '../../operate/words.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { parseCommand, words } from '../terminal/options.ts';
import { printJson, quote } from '../terminal/print.ts';
import { SAY_HELP, SAY_OPTIONS, sayOptions } from './say-options.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir forget KEY [options]

Lets go of the state of a key, of what is parked for it, and of the copies of its dead letters in the table. What stays is
proof: hashes of what was taken in, for 70 days, so that nothing old is applied again. Readings that come later begin the
key anew, or are skipped, as the pipeline says (afterForget). It waits its turn behind what was sent to the key before.

It does not reach everything: docs/forgetting.md says what backups, the stream, queues and your own sinks still hold.

${TARGET_HELP}
  --reason TEXT      why; kept with the key
${SAY_HELP}

Exit status 0: done, or sent with --no-wait. 1: not heard in time.
Needs: cloudformation:DescribeStacks, sqs:SendMessage on the readings queue; to wait: dynamodb:GetItem.
Example: weir forget customer-17 --stack billing-production --reason 'request 4711 of 2026-11-28'`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  ...SAY_OPTIONS,
  reason: { type: 'string', default: '' },
} as const;

export async function forgetCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [key = ''] = words(positionals, 'KEY');
  const options = { ...sayOptions(values), signal: listenForInterruption() };
  return withDeployment(values, async (deployment) => {
    const { outcome, id, after } = await forget(deployment, key, values.reason, options);
    if (values.json) printJson({ key, outcome, id, version: after?.version });
    else if (outcome === 'done')
      console.log(`${quote(key)} is forgotten, at version ${after?.forgotten?.version}.`);
    else
      console.log(
        `${quote(key)}: the word is sent (id ${id}), but the key has not heard it yet; it stays in the queue.`,
      );
    return outcome === 'done' || options.waitMs === 0 ? 0 : 1;
  });
}

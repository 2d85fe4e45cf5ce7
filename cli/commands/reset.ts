/** `weir reset KEY`: sets the state of a key. */
import { defined } from '../../functions/defined.ts';
import { encodeJson, parseJson } from '../../functions/json.ts';
import { reset } from '../../operate/words.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { countOption, parseCommand, UsageError, words } from '../terminal/options.ts';
import { printJson, quote } from '../terminal/print.ts';
import { SAY_HELP, SAY_OPTIONS, sayOptions } from './say-options.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir reset KEY --to STATE --reason TEXT [options]

Replaces the state of a key, in order with its readings: earlier readings are applied before, later ones are computed on
the new state. A stopped key stays stopped: "weir stopped resume KEY" then applies its parked readings. The key keeps its
last ten resets with their reasons; "weir state KEY" shows them.

${TARGET_HELP}
  --to STATE         the state as JSON
  --reason TEXT      why; kept with the key
  --state-version N  the version of the state's shape (default: that of the key)
${SAY_HELP}

Exit status 0: done, or sent with --no-wait. 1: refused, or no effect in time.
Needs: cloudformation:DescribeStacks, dynamodb:GetItem, sqs:SendMessage on the readings queue.
Example: weir reset meter-4 --to '{"total": 1200}' --reason 'meter was replaced' --stack energy-production`;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  ...SAY_OPTIONS,
  to: { type: 'string' },
  reason: { type: 'string' },
  'state-version': { type: 'string' },
} as const;

export async function resetCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [key = ''] = words(positionals, 'KEY');
  const { to, reason } = values;
  if (to === undefined) throw new UsageError('--to STATE is missing: the state as JSON');
  if (reason === undefined || reason.trim() === '')
    throw new UsageError('--reason TEXT is missing: say why, for those who look at the key later');
  const stateVersion = countOption('state-version', values['state-version'], 1, 1_000_000);
  const state = encodeJson(parseJson(to, '--to'), '--to');
  const options = { ...sayOptions(values), signal: listenForInterruption() };
  return withDeployment(values, async (deployment) => {
    const given = { state, ...defined({ stateVersion }) };
    const { outcome, id, after } = await reset(deployment, key, given, reason, options);
    if (values.json) printJson({ key, outcome, id, version: after?.version });
    else console.log(sentence(key, outcome, id));
    return outcome === 'done' || (outcome === 'sent' && options.waitMs === 0) ? 0 : 1;
  });
}

function sentence(key: string, outcome: 'done' | 'refused' | 'sent', id: string): string {
  if (outcome === 'done') return `${quote(key)} has the new state.`;
  if (outcome === 'refused')
    return `${quote(key)} has kept its state: the command is among the dead letters, and "weir dead list" shows the reason.`;
  return `${quote(key)}: the command is sent (id ${id}), but it has no effect yet; it waits in the queue.`;
}

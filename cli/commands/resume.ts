/** `weir resume`: lets a paused part continue. */
import { type Braked, PARTS, resume as resumePart } from '../../operate/brake.ts';
import { parseCommand, UsageError } from '../terminal/options.ts';
import { printJson } from '../terminal/print.ts';
import { partsOf, say } from './brake-words.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir resume reads|computes|writes|backfill ... [options]
weir resume --all [options]

Ends a pause. The part goes on where it stopped. It makes no difference how it was paused. "reads" are those of both lanes
of a pipeline with a backfill lane, "backfill" those of that lane alone.

${TARGET_HELP}
  --all              reads, computes and writes

Needs: cloudformation:DescribeStacks, lambda:GetEventSourceMapping, lambda:UpdateEventSourceMapping, lambda:UntagResource,
scheduler:DeleteSchedule.
Example: weir resume reads --stack clicks-production`;

export const ACTIONS = PARTS;

/** `reads` includes both lanes. */
const ALL = PARTS.filter((part) => part !== 'backfill');

export const OPTIONS = { ...TARGET_OPTIONS, all: { type: 'boolean', default: false } } as const;

export async function resume(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.all && positionals.length > 0) throw new UsageError('--all means all three: remove the names');
  const parts = values.all ? ALL : partsOf(positionals);
  return withDeployment(values, async (deployment) => {
    const results: Braked[] = [];
    for (const part of parts) {
      const braked = await resumePart(deployment, part);
      results.push(braked);
      if (!values.json) say(deployment, braked, 'running');
    }
    if (values.json) printJson(results);
    return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
  });
}

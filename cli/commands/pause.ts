/** `weir pause`: reads, computes or writes stop for a while, and nothing is lost. */
import { formatCountOf } from '../../local/report/units.ts';
import { type Braked, PARTS, type Part, pause as pausePart } from '../../operate/brake.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { lookAtQueues } from '../../operate/status.ts';
import { parseCommand, UsageError } from '../terminal/options.ts';
import { printJson } from '../terminal/print.ts';
import { lengthOption, timeOption } from '../terminal/time-options.ts';
import { partsOf, say } from './brake-words.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir pause reads|computes|writes ... [options]

Stops a part of a pipeline: what is in work ends, what waits keeps its place, and nothing is lost. The event source mapping of
the reader, of compute or of the writer is disabled, on AWS within a minute. "weir status" shows what is paused and why,
"weir resume" lets it go on.

Requests and readings wait in their queues, which keep them for some days and then delete them: what the pause says of it counts.
Outputs wait in the stream of the table, which keeps them for 24 hours, so a pause of writes needs an end.

${TARGET_HELP}
  --reason TEXT      why, for those who see it in "weir status"; kept as a tag of the mapping
  --for LENGTH       end the pause after 30m, 2h, 1d ...; writes: 19h at the most, the others 13d
  --until TIME       end it then: a time with its zone, such as 2026-12-01T06:00Z

An end is a schedule of EventBridge Scheduler that switches the mapping on, to the minute; "weir resume" takes it back.

Needs: cloudformation:DescribeStacks, lambda:GetEventSourceMapping, lambda:UpdateEventSourceMapping, lambda:TagResource,
lambda:UntagResource, sqs:GetQueueAttributes; with an end scheduler:CreateSchedule, scheduler:UpdateSchedule and iam:PassRole on the
stack's BrakeRole; scheduler:DeleteSchedule to take an earlier end back.
Examples: weir pause reads --stack clicks-production --reason "the supplier mends its API" --for 2h
          weir pause computes`;

export const ACTIONS = PARTS;

export const OPTIONS = {
  ...TARGET_OPTIONS,
  reason: { type: 'string' },
  for: { type: 'string' },
  until: { type: 'string' },
} as const;

export async function pause(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const parts = partsOf(positionals);
  const now = Date.now();
  const lengthMs = lengthOption('for', values.for);
  const time = timeOption('until', values.until);
  if (lengthMs !== undefined && time !== undefined)
    throw new UsageError('--for and --until: give one of them');
  const until = lengthMs === undefined ? time : now + lengthMs;
  return withDeployment(values, async (deployment) => {
    const results: Braked[] = [];
    for (const part of parts) {
      const braked = await pausePart(deployment, part, { reason: values.reason, until, now });
      results.push(braked);
      if (!values.json) {
        say(deployment, braked, until === undefined ? 'paused' : `paused until ${timeOf(until)}`);
        for (const line of await whatWaits(deployment, part, now)) console.log(`  ${line}`);
      }
    }
    if (values.json) printJson(results);
    return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
  });
}

/** What a pause holds up, and until when that is kept: SQS deletes what is too old, and no dead-letter queue gets it. */
async function whatWaits(deployment: Deployment, part: Part, now: number): Promise<string[]> {
  if (part === 'writes') {
    return ['Outputs wait in the stream of the table, which deletes them after 24 hours.'];
  }
  const { requests, readings } = await lookAtQueues(deployment);
  const { visible, delayed, inFlight, retentionMs } = part === 'reads' ? requests : readings;
  const what = part === 'reads' ? 'request' : 'reading message';
  return [
    `${formatCountOf(visible + delayed + inFlight, what)} on the queue. It keeps each for ${daysOf(retentionMs)} from when it was ` +
      'sent and then deletes it, and no dead-letter queue gets it:',
    `what is sent now is there until ${timeOf(now + retentionMs)}, what waits already for less. "weir status" shows the age of the oldest.`,
    'The alarm for its age will be raised, and ends after the pause.',
  ];
}

function daysOf(ms: number): string {
  return formatCountOf(Math.floor(ms / 86_400_000), 'day');
}

function timeOf(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16)}Z`;
}

/** `weir pause`: stops reads, computes or writes for a while without losing anything. */
import { formatCountOf } from '../../local/report/units.ts';
import { type Braked, PARTS, type Part, pause as pausePart } from '../../operate/brake.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { inQueue, lookAtQueues } from '../../operate/status.ts';
import { parseCommand, UsageError } from '../terminal/options.ts';
import { printJson } from '../terminal/print.ts';
import { lengthOption, timeOption } from '../terminal/time-options.ts';
import { partsOf, say } from './brake-words.ts';
import { TARGET_HELP, TARGET_OPTIONS, withDeployment } from './target.ts';

const HELP = `weir pause reads|computes|writes|backfill ... [options]

Pauses a part of a pipeline. Running invocations finish, waiting messages keep their place, and nothing is lost. Weir
disables the event source mapping of the reader, of compute or of the writer; on AWS this takes up to a minute. "weir
status" shows what is paused and why, "weir resume" ends the pause.

"reads" are those of both lanes of a pipeline with a backfill lane, "backfill" those of that lane alone.

Requests and readings wait in their queues. A queue deletes a message after some days; this command prints when. Outputs
wait in the stream of the table, which keeps them for 24 hours, so a pause of writes needs an end.

${TARGET_HELP}
  --reason TEXT      why; "weir status" shows it. It is kept as a tag of the mapping
  --for LENGTH       end the pause after 30m, 2h, 1d ...; at most 19h for writes, 13d for the others
  --until TIME       end it at this time, with its zone: 2026-12-01T06:00Z

At the end a schedule of EventBridge Scheduler enables the mapping, to the minute. "weir resume" removes the schedule.

Needs: cloudformation:DescribeStacks, lambda:GetEventSourceMapping, lambda:UpdateEventSourceMapping, lambda:TagResource,
lambda:UntagResource, sqs:GetQueueAttributes; with an end: scheduler:CreateSchedule, scheduler:UpdateSchedule and
iam:PassRole on the stack's BrakeRole; to remove an earlier end: scheduler:DeleteSchedule.
Examples: weir pause reads --stack clicks-production --reason "the supplier repairs its API" --for 2h
          weir pause computes
          weir pause backfill --until 2026-12-01T22:00Z`;

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

/**
 * What a pause delays, and how long SQS keeps it. SQS deletes messages that are too old; they do not reach a
 * dead-letter queue.
 */
async function whatWaits(deployment: Deployment, part: Part, now: number): Promise<string[]> {
  if (part === 'writes') {
    return ['Outputs wait in the stream of the table, which deletes them after 24 hours.'];
  }
  const { requests, readings, backfill } = await lookAtQueues(deployment);
  const queues = { reads: [requests, backfill], backfill: [backfill], computes: [readings] }[part];
  const held = queues.flatMap((queue) => queue ?? []);
  const count = held.reduce((sum, queue) => sum + inQueue(queue), 0);
  const retentionMs = Math.min(...held.map((queue) => queue.retentionMs));
  const what = part === 'computes' ? 'reading message' : 'request';
  return [
    `${formatCountOf(count, what)} on the queue. The queue deletes a message ${daysOf(retentionMs)} after it was sent, ` +
      'and no dead-letter queue gets it.',
    `A message that is sent now is kept until ${timeOf(now + retentionMs)}, one that waits already not as long. "weir status" shows the age of the oldest.`,
    'The alarm for the age will be raised, and ends after the pause.',
  ];
}

function daysOf(ms: number): string {
  return formatCountOf(Math.floor(ms / 86_400_000), 'day');
}

function timeOf(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16)}Z`;
}

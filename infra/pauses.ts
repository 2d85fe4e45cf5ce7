/** Recurring pauses. Each has two schedules: one switches the mapping off, the other switches it on. */
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { parseDuration } from '../functions/duration.ts';
import { isRecord } from '../functions/json.ts';
import { kindOf, shownOption } from '../functions/kind-of.ts';
import type { FunctionName } from './bundling/bundle.ts';
import { checkApart, spansOf } from './check-pauses.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

export interface ScheduledPause {
  /** `reads` pauses the reads of both lanes, `backfill` only those of the backfill lane. */
  readonly part: 'reads' | 'computes' | 'writes' | 'backfill';
  /** When the pause begins and ends, as EventBridge cron expressions: `cron(0 22 * * ? *)`. */
  readonly from: string;
  readonly to: string;
  /** Default: UTC. */
  readonly timeZone?: string;
}

export interface Braked extends Construct {
  readonly mappings: Readonly<Record<FunctionName, CfnEventSourceMapping>>;
  readonly backfillMapping: CfnEventSourceMapping | undefined;
  readonly brakeRole: Role;
}

const STAGES = { reads: 'reader', computes: 'compute', writes: 'writer' } as const;

const HOUR_MS = 3_600_000;
const QUEUE_MS = 13 * 24 * HOUR_MS;
/** The longest pauses, as in operate/brake.ts: waiting messages and records are not kept much longer. */
const LONGEST_MS = { reads: QUEUE_MS, backfill: QUEUE_MS, computes: QUEUE_MS, writes: 19 * HOUR_MS };

export function addPauses(pipeline: Braked, pauses: readonly ScheduledPause[], now: number): void {
  const given: unknown = pauses;
  if (!Array.isArray(given))
    throw new Error(`pauses is ${kindOf(given)}: use a list, pauses: [{ part, from, to }]`);
  const spansOfMapping = new Map<CfnEventSourceMapping, ReturnType<typeof spansOf>>();
  for (const [index, pause] of pauses.entries()) {
    const one: unknown = pause;
    if (!isRecord(one)) throw new Error(`pauses[${index}] is ${shownOption(one)}: use { part, from, to }`);
    const { part } = pause;
    if (!Object.hasOwn(LONGEST_MS, part)) {
      throw new Error(
        `pauses[${index}].part is ${shownOption(part)}: use one of ${Object.keys(LONGEST_MS).join(', ')}`,
      );
    }
    const what = `pauses[${index}] of ${part}`;
    const from = timeOf(pause, 'from', `${what}, when it begins`, now);
    const to = timeOf(pause, 'to', `${what}, when it ends`, now);
    const spans = spansOf({ what, from, to }, LONGEST_MS[part], now);
    for (const [lane, mapping] of mappingsOf(pipeline, part, `pauses[${index}]`)) {
      const all = [...(spansOfMapping.get(mapping) ?? []), ...spans];
      checkApart(all);
      spansOfMapping.set(mapping, all);
      addSwitch(pipeline, `Pause${index}Begins${lane}`, part, mapping, from, false);
      addSwitch(pipeline, `Pause${index}Ends${lane}`, part, mapping, to, true);
    }
  }
}

function timeOf(pause: ScheduledPause, end: 'from' | 'to', what: string, now: number): Schedule {
  const { timeZone = 'UTC', [end]: text } = pause;
  // A JavaScript app may leave it out, or give a date.
  const given: unknown = text;
  const isSchedule =
    typeof given === 'string' && (/^cron\(/.test(given) || parseDuration(given) !== undefined);
  if (!isSchedule) {
    throw new Error(
      `${what}: ${end} is ${shownOption(given)}: write cron(MINUTES HOURS DAY MONTH WEEKDAY YEAR), as this pause comes again and again; for one pause use weir pause --until TIME`,
    );
  }
  try {
    return parseSchedule(text, timeZone, now);
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The mappings that a pause disables, each with the suffix for the ids of its schedules. */
function mappingsOf(
  { mappings, backfillMapping }: Braked,
  part: ScheduledPause['part'],
  what: string,
): [string, CfnEventSourceMapping][] {
  if (part === 'backfill') {
    if (backfillMapping !== undefined) return [['', backfillMapping]];
    throw new Error(
      `${what} pauses the backfill, but the pipeline has no backfill lane: add backfill: {} to its file, or pause reads`,
    );
  }
  const own: [string, CfnEventSourceMapping] = ['', mappings[STAGES[part]]];
  return part === 'reads' && backfillMapping !== undefined ? [own, ['Backfill', backfillMapping]] : [own];
}

function addSwitch(
  pipeline: Braked,
  id: string,
  part: ScheduledPause['part'],
  { attrId: Uuid }: CfnEventSourceMapping,
  { expression, timeZone }: Schedule,
  Enabled: boolean,
): void {
  const { brakeRole } = pipeline;
  new CfnSchedule(pipeline, id, {
    description: `${Enabled ? 'Resumes' : 'Pauses'} ${part} of a pipeline.`,
    scheduleExpression: expression,
    scheduleExpressionTimezone: timeZone,
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: 'arn:aws:scheduler:::aws-sdk:lambda:updateEventSourceMapping',
      roleArn: brakeRole.roleArn,
      input: Stack.of(pipeline).toJsonString({ Uuid, Enabled }),
    },
  });
}

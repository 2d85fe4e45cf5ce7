/** Recurring pauses. Each has two schedules: one switches the mapping off, the other switches it on. */
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { FunctionName } from './bundling/bundle.ts';
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
  for (const [index, pause] of pauses.entries()) {
    const { part, timeZone = 'UTC' } = pause;
    const named = (what: string) => {
      try {
        return parseSchedule(pause[what === 'begins' ? 'from' : 'to'], timeZone, now);
      } catch (error) {
        throw new Error(
          `pauses[${index}] of ${part}, when it ${what}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    };
    const [from, to] = [named('begins'), named('ends')];
    checkLength(`pauses[${index}] of ${part}`, from, to, LONGEST_MS[part], now);
    for (const [lane, mapping] of mappingsOf(pipeline, part, `pauses[${index}]`)) {
      addSwitch(pipeline, `Pause${index}Begins${lane}`, part, mapping, from, false);
      addSwitch(pipeline, `Pause${index}Ends${lane}`, part, mapping, to, true);
    }
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

/** How many future beginnings are checked: at least a year of daily pauses. */
const LOOKED_AT = 400;

function checkLength(what: string, from: Schedule, to: Schedule, longestMs: number, now: number): void {
  if (from.everyMs !== undefined || to.everyMs !== undefined) {
    throw new Error(`${what}: a rate has no time of day, write cron(...) for both ends`);
  }
  let begins = from.next(now);
  for (let looked = 0; begins !== undefined && looked < LOOKED_AT; looked += 1) {
    const ends = to.next(begins);
    if (ends === undefined || ends - begins > longestMs) {
      const at = new Date(begins).toISOString();
      throw new Error(
        `${what}: the pause of ${at} ${ends === undefined ? 'never ends' : `ends ${new Date(ends).toISOString()}`}; at most ` +
          `${longestMs / HOUR_MS} hours are allowed: what waits is not kept for longer`,
      );
    }
    begins = from.next(begins);
  }
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

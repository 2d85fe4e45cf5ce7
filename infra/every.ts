/**
 * Requests on a schedule: EventBridge Scheduler sends one to the requests queue at each time of the schedule. Its id contains
 * the schedule and the time, so it is one request even if Scheduler sends it twice.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { isRecord } from '../functions/json.ts';
import { shownOption } from '../functions/kind-of.ts';
import { suggest } from '../functions/nearest.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

export interface Every {
  /** `5 minutes`, `1 hour`, `2 days`, or an EventBridge cron expression: `cron(0 6 * * ? *)`. */
  readonly schedule: string;
  /** Default: UTC. A rate does not use it. */
  readonly timeZone?: string;
  /**
   * The body of the request. The scheduled time (`2026-11-28T06:00:00Z`) replaces `<aws.scheduler.scheduled-time>` in its
   * texts. Default: `{ "time": "<aws.scheduler.scheduled-time>" }`.
   */
  readonly body?: unknown;
}

/** Of the whole call that a schedule makes, in which the body is a text within a text. */
const INPUT_BYTES_MAX = 256 * 1024;
const URL_BYTES_MAX = 256;
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

/** The attribute with a request's id: `id` of REQUEST_ATTRIBUTES in functions/requests.ts. A test compares them. */
const ID_ATTRIBUTE = 'id';

export function addEvery(
  scope: Construct,
  queue: Queue,
  given: string | Every | readonly Every[],
  { encryptionKey, now }: { readonly encryptionKey: IKey | undefined; readonly now: number },
): void {
  const all = [given].flat().map((every, index) => named(index, () => everyOf(every)));
  const role = addRole(scope, queue, encryptionKey);
  const seen = new Set<string>();
  for (const [
    index,
    { schedule: text, timeZone = 'UTC', body = { time: SCHEDULED_TIME } },
  ] of all.entries()) {
    const schedule = named(index, () => parseSchedule(text, timeZone, now));
    const id = `every/${nameOf(schedule)}/${SCHEDULED_TIME}`;
    if (seen.has(id)) {
      throw new Error(
        `feed.every has the schedule ${schedule.expression} twice: their requests would have the same ids. Make one request of both`,
      );
    }
    seen.add(id);
    new CfnSchedule(scope, `Every${index === 0 ? '' : index + 1}`, {
      description: 'Puts a request onto the requests queue of the pipeline.',
      scheduleExpression: schedule.expression,
      scheduleExpressionTimezone: timeZone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        // The queue itself cannot be the target: a schedule would then set no attribute, and the id would have to be in the
        // body.
        arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
        roleArn: role.roleArn,
        input: Stack.of(scope).toJsonString({
          QueueUrl: queue.queueUrl,
          ...named(index, () => messageOf(id, bodyText(body))),
        }),
      },
    });
  }
}

/** The same expression means different times in different time zones. */
function nameOf({ expression, timeZone }: Schedule): string {
  return timeZone === 'UTC' ? expression : `${expression} ${timeZone}`;
}

/** An app may be JavaScript, or take its schedules from a file. */
function everyOf(given: unknown): Every {
  if (typeof given === 'string') return { schedule: given };
  if (!isRecord(given))
    throw new Error(`it is ${shownOption(given)}: write '5 minutes', or { schedule: '5 minutes', body }`);
  const { schedule, timeZone, body, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new Error(`${unknown} is no option: ${suggest(unknown, ['schedule', 'timeZone', 'body'])}`);
  if (typeof schedule !== 'string')
    throw new Error(`its schedule is ${shownOption(schedule)}: write '5 minutes' or cron(...)`);
  if (timeZone !== undefined && typeof timeZone !== 'string')
    throw new Error(`its timeZone is ${shownOption(timeZone)}: write one such as Europe/Berlin`);
  return {
    schedule,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(body === undefined ? {} : { body }),
  };
}

/** Scheduler takes less than SQS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
function messageOf(id: string, body: string) {
  const message = {
    MessageBody: body,
    MessageAttributes: { [ID_ATTRIBUTE]: { DataType: 'String', StringValue: id } },
  };
  const bytes = Buffer.byteLength(JSON.stringify(message)) + URL_BYTES_MAX;
  if (bytes <= INPUT_BYTES_MAX) return message;
  throw new Error(
    `its body makes a call of ${bytes} bytes, and EventBridge Scheduler takes ${INPUT_BYTES_MAX}: let the body name the place of its data`,
  );
}

function bodyText(body: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch {} // A bigint, or a circle.
  if (text !== undefined) return text;
  throw new Error('its body is no JSON: give an object, a list, a text, a number, true, false or null');
}

function named<Value>(index: number, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    const which = index === 0 ? '' : `[${index}]`;
    throw new Error(`feed.every${which}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function addRole(scope: Construct, queue: Queue, encryptionKey: IKey | undefined): Role {
  const allow = (actions: string[], resource: string) =>
    new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] });
  return new Role(scope, 'EveryRole', {
    description: 'EventBridge Scheduler sends requests with it.',
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
    inlinePolicies: {
      uses: new PolicyDocument({
        statements: [
          allow(['sqs:SendMessage'], queue.queueArn),
          ...(encryptionKey === undefined
            ? []
            : [allow(['kms:Decrypt', 'kms:GenerateDataKey'], encryptionKey.keyArn)]),
        ],
      }),
    },
  });
}

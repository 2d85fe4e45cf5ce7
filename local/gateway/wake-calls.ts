/**
 * The calls to EventBridge Scheduler that functions/aws/wake-scheduler.ts makes: one-time schedules that send
 * a message to a queue and are then deleted. They fire when they are due; on AWS they fire within the minute
 * after. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
import * as v from 'valibot';
import type { Clock, OutgoingMessage } from '../../functions/ports.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/stack-spec.ts';
import type { Answer, ScheduleCall } from './call.ts';

export interface WakeParts {
  readonly clock: Clock;
  /** `queue`: the queue's name. */
  send(queue: string, message: OutgoingMessage): Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface WakeCalls {
  /** `path` includes the query. Undefined: another call. */
  answer(call: ScheduleCall): Answer | undefined;
  /** Epoch ms at which the next wake is due; undefined when there is none. */
  next(): number | undefined;
  stop(): void;
}

const Message = v.strictObject({
  QueueUrl: v.string(),
  MessageBody: v.string(),
  MessageGroupId: v.string(),
  MessageDeduplicationId: v.string(),
});
const Schedule = v.strictObject({
  GroupName: v.string(),
  ScheduleExpression: v.pipe(v.string(), v.regex(/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/)),
  ScheduleExpressionTimezone: v.literal('UTC'),
  FlexibleTimeWindow: v.strictObject({ Mode: v.literal('OFF') }),
  ActionAfterCompletion: v.literal('DELETE'),
  Target: v.strictObject({
    Arn: v.literal('arn:aws:scheduler:::aws-sdk:sqs:sendMessage'),
    RoleArn: v.string(),
    Input: v.pipe(v.string(), v.parseJson(), Message),
  }),
});
type Schedule = v.InferOutput<typeof Schedule>;

interface Waiting {
  readonly at: number;
  readonly gone: AbortController;
}

export function createWakeCalls(parts: WakeParts): WakeCalls {
  const waiting = new Map<string, Waiting>();

  function create(name: string, schedule: Schedule): Answer {
    if (waiting.has(name)) return refused(409, 'ConflictException');
    const at = Date.parse(`${schedule.ScheduleExpression.slice('at('.length, -1)}Z`);
    const own = { at, gone: new AbortController() };
    waiting.set(name, own);
    void comeAt(own, parts.clock)
      .then(async (isDue) => {
        if (!isDue) return;
        // Sent before it is deleted, so that a check for due wakes finds it here or in the queue.
        await send(schedule, parts);
        waiting.delete(name);
      })
      .catch(parts.onError);
    return json(200, { ScheduleArn: arnOf(name, schedule.GroupName) });
  }

  return {
    answer({ method, path, body, isAllowed, onDenied }) {
      const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
      const [, name] = /^\/schedules\/([^/]+)$/.exec(pathname) ?? [];
      if (name === undefined) return undefined;
      const schedule = method === 'POST' ? v.parse(Schedule, JSON.parse(body.toString())) : undefined;
      const group = schedule?.GroupName ?? searchParams.get('groupName') ?? 'default';
      const needed: [string, string][] = [
        [`scheduler:${schedule === undefined ? 'Delete' : 'Create'}Schedule`, arnOf(name, group)],
        ...(schedule === undefined ? [] : [['iam:PassRole', schedule.Target.RoleArn] as [string, string]]),
      ];
      const denied = needed.find(([action, resource]) => !isAllowed(action, resource));
      if (denied !== undefined) {
        onDenied(...denied);
        return refused(403, 'AccessDeniedException');
      }
      if (schedule !== undefined) return create(name, schedule);
      const known = waiting.get(name);
      if (known === undefined) return refused(404, 'ResourceNotFoundException');
      known.gone.abort();
      waiting.delete(name);
      return json(200, {});
    },
    next: () => (waiting.size === 0 ? undefined : Math.min(...[...waiting.values()].map(({ at }) => at))),
    stop() {
      for (const { gone } of waiting.values()) gone.abort();
      waiting.clear();
    },
  };
}

/** Timers of Node are limited to 24 days. */
const SLEEP_MS_MAX = 86_400_000;

/** Resolves when the schedule is due, with whether it still exists. */
async function comeAt({ at, gone }: Waiting, clock: Clock): Promise<boolean> {
  for (let left = at - clock.now(); left > 0; left = at - clock.now()) {
    await clock.sleep(Math.min(left, SLEEP_MS_MAX), gone.signal);
    if (gone.signal.aborted) return false;
  }
  return !gone.signal.aborted;
}

async function send({ Target: { Input } }: Schedule, parts: WakeParts): Promise<void> {
  await parts.send(Input.QueueUrl.split('/').at(-1) ?? '', {
    body: Input.MessageBody,
    group: Input.MessageGroupId,
    deduplicationId: Input.MessageDeduplicationId,
  });
}

function arnOf(name: string, group: string): string {
  return `arn:aws:scheduler:${LOCAL_REGION}:${LOCAL_ACCOUNT}:schedule/${group}/${name}`;
}

function refused(status: number, type: string): Answer {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': type };
  return { status, headers, body: JSON.stringify({ Message: type }) };
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

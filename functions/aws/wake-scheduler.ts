/**
 * Wakes on EventBridge Scheduler: a schedule sends one message to the readings queue and is then deleted.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
import { ENV, requireEnv } from '../env.ts';
import type { Clock, ScheduledMessage, WakeScheduler } from '../ports.ts';
import { signedFetch } from './signed-fetch.ts';
import type { Env } from './signed-headers.ts';

/** The scheduler refuses a time in the past, so a time must be at least this far ahead when the call is made. */
const LEAD_MS = 5_000;

export function createWakeScheduler(env: Env, clock: Pick<Clock, 'now'>): WakeScheduler {
  const groupName = requireEnv(ENV.wakeGroup, env);
  const roleArn = requireEnv(ENV.wakeRoleArn, env);
  const queueUrl = requireEnv(ENV.readingsQueueUrl, env);
  return {
    async set(message) {
      const body = JSON.stringify({
        GroupName: groupName,
        ScheduleExpression: `at(${secondsFrom(Math.max(message.at, clock.now() + LEAD_MS))})`,
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        // The queue itself cannot be the target: a schedule would then set no deduplication id.
        Target: {
          Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
          RoleArn: roleArn,
          Input: inputOf(message, queueUrl),
        },
      });
      // 409: the schedule exists already. Its name is a hash of its content, so it is the same schedule.
      await call('POST', message.id, { body }, 409);
    },
    // 404: the schedule has run, or was never made.
    cancel: (id) => call('DELETE', id, { query: { groupName } }, 404),
  };

  async function call(
    method: 'DELETE' | 'POST',
    id: string,
    sent: { readonly body?: string; readonly query?: Readonly<Record<string, string>> },
    fine: number,
  ): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await signedFetch(
      { service: 'scheduler', method, path: `/schedules/${id}`, headers, ...sent },
      env,
    );
    await answer.arrayBuffer(); // The answer must be read to its end, so that the connection is used again.
    if (answer.ok || answer.status === fine) return;
    // The error's text may quote the message, and with it a key, so only its type is reported.
    const type = answer.headers.get('x-amzn-errortype') ?? 'no type given';
    throw new Error(`EventBridge Scheduler answered ${answer.status} (${type}) to ${method} of a wake`);
  }
}

function inputOf({ body, group, deduplicationId }: ScheduledMessage, queueUrl: string): string {
  return JSON.stringify({
    QueueUrl: queueUrl,
    MessageBody: body,
    MessageGroupId: group,
    MessageDeduplicationId: deduplicationId,
  });
}

/** Rounded up to a whole second, so that the schedule does not run too early. */
function secondsFrom(at: number): string {
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19);
}

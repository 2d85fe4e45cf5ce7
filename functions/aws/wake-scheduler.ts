/**
 * Wakes on EventBridge Scheduler: a schedule sends one message to the readings queue and is then deleted.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
import { ENV, requireEnv } from '../env.ts';
import type { Clock, ScheduledMessage, WakeScheduler } from '../ports.ts';
import { type Env, signedFetch } from './signed-fetch.ts';

/** A time that has passed would be refused; until the call is there, one that lies near it would have. */
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
        // Not the queue itself as the target: it would say no deduplication id.
        Target: {
          Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
          RoleArn: roleArn,
          Input: inputOf(message, queueUrl),
        },
      });
      // 409: it is there already. Its name says all that it holds, so it is the same.
      await call('POST', message.id, { body }, 409);
    },
    // 404: it has come, or was never made.
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
    await answer.arrayBuffer(); // Read to its end, or the connection is not used again.
    if (answer.ok || answer.status === fine) return;
    // What it says in words may quote the message, and with it a key.
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

/** Up to the next whole second: not before the time. */
function secondsFrom(at: number): string {
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19);
}

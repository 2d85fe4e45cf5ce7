/**
 * The end of a pause: a schedule of EventBridge Scheduler that runs once, switches the mapping on and is gone. Nothing else
 * would end it, since no part of a pipeline looks at a clock while it is paused.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
import { OperatorError } from '../model/operator-error.ts';
import type { Deployment } from './deployment.ts';
import { RefusedCall, type SignedCall } from './signed-call.ts';

/** `until` is epoch ms; Scheduler knows seconds, and keeps to the minute. */
export async function scheduleEnd(
  { call, brakeRole, name }: Pick<Deployment, 'call' | 'brakeRole' | 'name'>,
  mappingId: string,
  until: number,
): Promise<void> {
  if (brakeRole === undefined) {
    throw new OperatorError(
      `${name} was deployed before it had a role that ends a pause: deploy it again, or pause without an end`,
    );
  }
  const path = pathOf(mappingId);
  const body = JSON.stringify({
    ScheduleExpression: `at(${new Date(until).toISOString().slice(0, 19)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Description: 'Ends a pause of a pipeline: made by "weir pause".',
    Target: {
      Arn: 'arn:aws:scheduler:::aws-sdk:lambda:updateEventSourceMapping',
      RoleArn: brakeRole,
      Input: JSON.stringify({ Uuid: mappingId, Enabled: true }),
    },
  });
  try {
    // In place of an earlier end, which stays if this one is refused.
    await call('scheduler', { method: 'PUT', path, body });
  } catch (error) {
    if (!(error instanceof RefusedCall && error.status === 404)) throw error;
    await call('scheduler', { path, body });
  }
}

/** That there is none is fine. */
export async function removeEnd(call: SignedCall, mappingId: string): Promise<void> {
  try {
    await call('scheduler', { method: 'DELETE', path: pathOf(mappingId), query: { groupName: ['default'] } });
  } catch (error) {
    if (!(error instanceof RefusedCall && error.status === 404)) throw error;
  }
}

function pathOf(mappingId: string): string {
  return `/schedules/weir-${mappingId}`;
}

/**
 * The end of a pause: an EventBridge Scheduler schedule that runs once, enables the mapping and is deleted.
 * Nothing else would end the pause, because no part of a paused pipeline checks the time.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
import { OperatorError } from '../model/operator-error.ts';
import type { Deployment } from './deployment.ts';
import { RefusedCall, type SignedCall } from './signed-call.ts';

/** `until`: epoch ms. Scheduler accepts seconds and runs within the minute. */
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
    // Replaces an earlier end, which stays if this call is refused.
    await call('scheduler', { method: 'PUT', path, body });
  } catch (error) {
    if (!(error instanceof RefusedCall && error.status === 404)) throw error;
    await call('scheduler', { path, body });
  }
}

/** A missing schedule is not an error. */
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

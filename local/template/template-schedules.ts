/**
 * EventBridge Scheduler schedules of a template: those that send to a queue, and those that switch a mapping.
 */
import * as v from 'valibot';
import { parseSchedule } from '../../infra/schedule.ts';
import { policyCheck } from '../gateway/policy.ts';
import type { SchedulePlan } from './stack-spec.ts';
import { policyOf } from './template-functions.ts';
import { parseProperties, passedOver, type Resource } from './template-resources.ts';

const SEND = 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage';
const SWITCH = 'arn:aws:scheduler:::aws-sdk:lambda:updateEventSourceMapping';

const Attribute = v.strictObject({ DataType: v.literal('String'), StringValue: v.string() });
const Message = v.pipe(
  v.string(),
  v.parseJson(),
  v.strictObject({
    QueueUrl: v.string(),
    MessageBody: v.string(),
    MessageAttributes: v.optional(v.record(v.string(), Attribute), {}),
  }),
);
const Switch = v.pipe(v.string(), v.parseJson(), v.strictObject({ Uuid: v.string(), Enabled: v.boolean() }));

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-scheduler-schedule.html */
const ScheduleProperties = v.strictObject({
  Description: passedOver,
  Name: passedOver,
  FlexibleTimeWindow: v.object({ Mode: v.literal('OFF') }),
  ScheduleExpression: v.string(),
  ScheduleExpressionTimezone: v.optional(v.string(), 'UTC'),
  State: v.optional(v.literal('ENABLED')),
  Target: v.variant('Arn', [
    v.object({ Arn: v.literal(SEND), RoleArn: v.string(), Input: Message, RetryPolicy: passedOver }),
    v.object({ Arn: v.literal(SWITCH), RoleArn: v.string(), Input: Switch, RetryPolicy: passedOver }),
  ]),
});

/** Throws when the role of a schedule does not allow its action: on AWS the schedule would fail each time. */
export function planSchedule(resource: Resource, policies: readonly Resource[], arns: ArnOf): SchedulePlan {
  const { ScheduleExpression, ScheduleExpressionTimezone, Target } = parseProperties(
    resource,
    ScheduleProperties,
  );
  const schedule = parseSchedule(ScheduleExpression, ScheduleExpressionTimezone, Date.now());
  const needed =
    Target.Arn === SEND
      ? { action: 'sqs:SendMessage', resource: arns.queue(Target.Input.QueueUrl) }
      : { action: 'lambda:UpdateEventSourceMapping', resource: arns.mapping(Target.Input.Uuid) };
  if (!policyCheck(policyOf(policies, Target.RoleArn))(needed.action, needed.resource)) {
    throw new Error(`${resource.id}: its role may not do ${needed.action} on ${needed.resource}`);
  }
  if (Target.Arn === SWITCH) {
    const { Uuid, Enabled } = Target.Input;
    return { id: resource.id, schedule, action: { kind: 'switch', mapping: Uuid, enabled: Enabled } };
  }
  const { QueueUrl, MessageBody, MessageAttributes } = Target.Input;
  const attributes = Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]);
  const message = { body: MessageBody, attributes: Object.fromEntries(attributes) };
  return {
    id: resource.id,
    schedule,
    action: { kind: 'send', queue: QueueUrl.split('/').at(-1) ?? '', message },
  };
}

export interface ArnOf {
  queue(url: string): string;
  mapping(id: string): string;
}

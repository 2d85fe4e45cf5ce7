/**
 * Lambda makes its calls for a mapping with the function's role, and refuses a mapping whose role does not
 * allow them. So does the local run.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-dynamodb-permissions
 */

import type { FunctionPlan, QueueMappingPlan, StackPlan, StreamMappingPlan } from '../template/stack-spec.ts';
import type { Permission } from './permissions.ts';
import { policyCheck } from './policy.ts';

export function checkRoles(plan: StackPlan): void {
  for (const mapping of [...plan.queueMappings, ...plan.streamMappings]) {
    const target = functionOf(plan, mapping);
    const isAllowed = policyCheck(target.policy);
    const needed = 'queueArn' in mapping ? queuePermissions(mapping) : streamPermissions(mapping);
    const denied = needed.find(({ action, resource }) => !isAllowed(action, resource));
    if (denied !== undefined) {
      throw new Error(
        `${mapping.id}: ${target.arn} is not authorized to perform: ${denied.action} on resource: ${denied.resource}; ` +
          'Lambda makes this call with the role of the function',
      );
    }
  }
}

function functionOf(plan: StackPlan, mapping: QueueMappingPlan | StreamMappingPlan): FunctionPlan {
  const target = plan.functions.find(({ name }) => name === mapping.functionName);
  if (target === undefined) {
    throw new Error(`${mapping.id}: function ${mapping.functionName} is not in the template`);
  }
  return target;
}

function queuePermissions({ queueArn }: QueueMappingPlan): Permission[] {
  return permissions('sqs', queueArn, 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes');
}

function streamPermissions({ streamArn, onFailureArn }: StreamMappingPlan): Permission[] {
  return [
    ...permissions('dynamodb', streamArn, 'DescribeStream', 'GetRecords', 'GetShardIterator'),
    ...permissions('dynamodb', '*', 'ListStreams'),
    ...(onFailureArn === undefined
      ? []
      : [
          ...permissions('s3', `${onFailureArn}/aws`, 'PutObject'),
          ...permissions('s3', onFailureArn, 'ListBucket'),
        ]),
  ];
}

function permissions(service: string, resource: string, ...operations: readonly string[]): Permission[] {
  return operations.map((operation) => ({ action: `${service}:${operation}`, resource }));
}

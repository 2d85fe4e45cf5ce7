/**
 * The table of states: for each key its state item, the pages of its receipts and what could not be applied.
 *
 * Invariant: no deployment replaces or deletes it, since the state is nowhere else.
 */
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

export function addStateTable(scope: Construct): Table {
  return new Table(scope, 'StateTable', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    // On demand also because a provisioned table with a stream does not move hot items apart.
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_IMAGE,
    timeToLiveAttribute: 'expires',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

export function streamArnOf(table: Table): string {
  if (table.tableStreamArn === undefined) throw new Error(`table ${table.node.path} has no stream`);
  return table.tableStreamArn;
}

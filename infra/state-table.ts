/**
 * The table of states: for each key its state item, the pages of its receipts, its parked messages and its dead letters.
 *
 * Invariant: by default no deployment replaces or deletes it, because the state exists nowhere else.
 */
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EXPIRY, PARTITION_KEY, SORT_KEY } from '../functions/item-names.ts';
import type { Keeping } from './pipeline-queue.ts';

export function addStateTable(scope: Construct, { encryptionKey, removalPolicy }: Keeping): Table {
  return new Table(scope, 'StateTable', {
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    // On demand, also because a provisioned table with a stream does not split hot partitions.
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_IMAGE,
    timeToLiveAttribute: EXPIRY,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    ...(encryptionKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
    deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    removalPolicy,
  });
}

export function streamArnOf(table: Table): string {
  if (table.tableStreamArn === undefined) throw new Error(`table ${table.node.path} has no stream`);
  return table.tableStreamArn;
}

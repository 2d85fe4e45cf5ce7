/** All items of a table, page by page. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { LOCAL_REGION } from '../template/stack-spec.ts';

export async function scanTable(endpoint: string, name: string): Promise<Record<string, AttributeValue>[]> {
  // Only who asks for items pays for the SDK's start.
  const { DynamoDBClient, paginateScan } = await import('@aws-sdk/client-dynamodb');
  const credentials = { accessKeyId: 'LOCAL', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: LOCAL_REGION, credentials });
  const items: Record<string, AttributeValue>[] = [];
  try {
    for await (const page of paginateScan({ client }, { TableName: name, ConsistentRead: true })) {
      items.push(...(page.Items ?? []));
    }
  } finally {
    client.destroy();
  }
  return items;
}

/** All items of a table, page by page. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Backend } from '../gateway/call.ts';

export async function scanTable(backend: Backend, name: string): Promise<Record<string, AttributeValue>[]> {
  // Imported here, so that only a scan pays for loading the SDK.
  const [{ paginateScan }, { clientOf }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('./sdk-client.ts'),
  ]);
  const client = clientOf(backend);
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

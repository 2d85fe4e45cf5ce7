/** The lines that the bill of a plan and the bill of a local run have in common, in USD for a million readings. */
import type { Bill as RunBill } from '../local/bill/bill.ts';
import type { Plan } from '../plan/plan.ts';
import { meanRequestsPerSecond } from '../plan/workload.ts';

/** A run stores nothing for a month. A plan counts empty polls by the hour, and a run beside its bill. */
export const LINES = [
  'SQS requests queue',
  'SQS readings queue (FIFO)',
  'Lambda invocations',
  'Lambda reader',
  'Lambda compute',
  'DynamoDB writes',
  'DynamoDB reads',
] as const;
export type Lines = Readonly<Record<(typeof LINES)[number], number>>;

const MONTH_SECONDS = 730 * 3600;

export function linesOfPlan({ workload, forecast }: Plan): Lines {
  const millions =
    (meanRequestsPerSecond(workload) * workload.readingsPerRequest * MONTH_SECONDS) / 1_000_000;
  const of = (name: (typeof LINES)[number]) =>
    (forecast?.bill.items.find(({ item }) => item === name)?.usd ?? 0) / millions;
  return linesBy(of);
}

export function linesOfRun({ lines }: RunBill): Lines {
  const of = (name: (typeof LINES)[number]) =>
    lines
      .filter(({ item, detail }) => lineOf(item, detail) === name)
      .reduce((sum, { perMillionUsd }) => sum + perMillionUsd, 0);
  return linesBy(of);
}

function lineOf(item: string, detail: string): (typeof LINES)[number] | undefined {
  switch (item) {
    case 'sqs.standard':
      return 'SQS requests queue';
    case 'sqs.fifo':
      return 'SQS readings queue (FIFO)';
    case 'lambda.requests':
      return 'Lambda invocations';
    case 'lambda.gbSeconds':
      return detail === 'Reader' ? 'Lambda reader' : 'Lambda compute';
    case 'dynamodb.writeUnits':
      return 'DynamoDB writes';
    case 'dynamodb.readUnits':
      return 'DynamoDB reads';
    default:
      return undefined;
  }
}

function linesBy(of: (name: (typeof LINES)[number]) => number): Lines {
  return {
    'SQS requests queue': of('SQS requests queue'),
    'SQS readings queue (FIFO)': of('SQS readings queue (FIFO)'),
    'Lambda invocations': of('Lambda invocations'),
    'Lambda reader': of('Lambda reader'),
    'Lambda compute': of('Lambda compute'),
    'DynamoDB writes': of('DynamoDB writes'),
    'DynamoDB reads': of('DynamoDB reads'),
  };
}

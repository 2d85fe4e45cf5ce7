/** The bill of a stack so far. */
import type { LocalStack } from '../local-stack.ts';
import { type Bill, billOf } from './bill.ts';
import type { PriceList } from './prices.ts';

export function stackBill({ plan, calls }: LocalStack, events: number, prices: PriceList): Bill {
  const fifo = plan.queueMappings.filter(({ queueArn }) => queueArn.endsWith('.fifo')).length;
  return billOf(calls.usage(), events, { fifo, standard: plan.queueMappings.length - fifo }, prices);
}

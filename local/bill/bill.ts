/**
 * The bill: the usage in AWS's units, priced line by line. Pure. Polls that found nothing cost by the hour,
 * not by the event, so they are priced separately.
 */
import { BILLED, type Billed, type PriceList } from './prices.ts';

export interface Usage {
  readonly item: Billed;
  /** The operation or function that used it. */
  readonly detail: string;
  readonly quantity: number;
}

export interface BillLine extends Usage {
  readonly title: string;
  readonly usd: number;
  readonly perMillionUsd: number;
}

export interface Bill {
  readonly region: string;
  readonly date: string;
  readonly terms: string;
  /** The number of events that the price per million refers to. */
  readonly events: number;
  readonly lines: readonly BillLine[];
  readonly totalUsd: number;
  readonly perMillionUsd: number;
  /** Cost of polling the stack's queues while they are empty. */
  readonly idleUsdPerHour: number;
}

export interface Polled {
  readonly standard: number;
  readonly fifo: number;
}

/** `polled`: how many queues of each kind are polled by an event source mapping. */
export function billOf(usages: readonly Usage[], events: number, polled: Polled, prices: PriceList): Bill {
  const perMillion = (usd: number) => (events > 0 ? (usd / events) * 1_000_000 : 0);
  const lines = usages
    .filter(({ quantity }) => quantity > 0)
    .sort((a, b) => BILLED.indexOf(a.item) - BILLED.indexOf(b.item) || (a.detail < b.detail ? -1 : 1))
    .map((usage) => {
      const { title, usd: price, per } = prices.items[usage.item];
      const usd = (usage.quantity * price) / per;
      return { ...usage, title, usd, perMillionUsd: perMillion(usd) };
    });
  const totalUsd = lines.reduce((total, { usd }) => total + usd, 0);
  const { region, date, terms } = prices;
  return {
    region,
    date,
    terms,
    events,
    lines,
    totalUsd,
    perMillionUsd: perMillion(totalUsd),
    idleUsdPerHour: idleUsdPerHour(polled, prices),
  };
}

function idleUsdPerHour({ standard, fifo }: Polled, { idle, items }: PriceList): number {
  const polls = (3600 / idle.pollSeconds) * idle.pollersPerQueue;
  const priceOf = (item: Billed) => items[item].usd / items[item].per;
  return polls * (standard * priceOf('sqs.standard') + fifo * priceOf('sqs.fifo'));
}

/** The options of a `weir run` call, checked before anything starts. */

import { readPrices } from '../../local/bill/prices.ts';
import { createChaos } from '../../local/chaos.ts';
import { countOption, numbersOption, UsageError } from '../terminal/options.ts';
import { feedRecords } from './feed-records.ts';
import { oneOfAll } from './one-of-all.ts';
import { runEnv } from './run-env.ts';
import type { RunValues } from './run-options.ts';
import { runSecrets } from './run-secrets.ts';
import { PAGE_PORT } from './serve-page.ts';

export type AskedRun = Awaited<ReturnType<typeof askedRun>>;

export async function askedRun(values: RunValues) {
  const parts = countOption('requests', values.requests, 1, 100_000) ?? 100;
  const seed = countOption('seed', values.seed, 0, 1_000_000_000) ?? 1;
  const records = await feedRecords(values.feed);
  const chaosSeed = countOption('chaos', values.chaos, 0, 1_000_000_000);
  const page = pageOption(values);
  const [requestsFile, ...further] = values['requests-file'];
  if (further.length > 0)
    throw new UsageError('--requests-file is given twice: several are for --all, each as NAME=FILE');
  const told = oneOfAll();
  return {
    records,
    chaos: chaosSeed === undefined ? undefined : createChaos(chaosSeed),
    readers: countOption('readers', values.readers, 2, 1000),
    env: runEnv(values.env, values['env-file']),
    secrets: told?.secrets ?? runSecrets(values.secret, values['secrets-file']),
    prices: readPrices(values.prices),
    page,
    stay: values.stay || page !== undefined,
    input: {
      app: values.app,
      stack: values.stack,
      pipeline: values.pipeline,
      assembly: told?.assembly,
      requestsFile,
      backfill: values.backfill,
      numbers: numbersOption(values.numbers),
      input: values.input,
      parts,
      seed,
      shadow: values.shadow,
    },
  };
}

export function pageOption({ page, open }: Pick<RunValues, 'page' | 'open'>): number | undefined {
  return countOption('page', page, 0, 65_535) ?? (open ? PAGE_PORT : undefined);
}

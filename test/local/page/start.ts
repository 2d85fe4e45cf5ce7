/** A run of the pipeline in stopping.ts with its page, for the tests and for look.ts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStack } from '../../../local/announce.ts';
import { readPrices } from '../../../local/bill/prices.ts';
import { stackBill } from '../../../local/bill/stack-bill.ts';
import { startPage } from '../../../local/page/server.ts';
import { type Run, startRun } from '../../../local/run.ts';
import { connectLocal } from '../../../operate/connect.ts';

export interface Request {
  readonly key: string;
  readonly add: number | 'poison' | 'dead';
  readonly delayMs?: number;
  readonly from?: string;
  readonly busyMs?: number;
}

export interface Started extends AsyncDisposable {
  readonly run: Run;
  /** The address, without the token. */
  readonly origin: string;
  readonly token: string;
  submit(requests: readonly Request[]): Promise<void>;
  /** Closes the page: those who follow it lose it. */
  close(): Promise<void>;
  /** From now on compute accepts the readings that it threw on. */
  fix(): Promise<void>;
}

export async function startWithPage(): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-page-'));
  const fixed = join(folder, 'fixed');
  const run = await startRun({
    pipeline: { file: 'test/local/page/stopping.ts' },
    env: { FIXED_FILE: fixed },
  });
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  const prices = readPrices();
  const bill = () => stackBill(run.stack, run.observations.length, prices);
  const page = await startPage({ run, deployment, bill }, { port: 0, everyMs: 50 });
  const { origin, hash } = new URL(page.url);
  return {
    run,
    origin,
    token: hash.slice(1),
    submit: (requests) => run.submit(requests.map((request) => ({ body: JSON.stringify(request) }))),
    close: () => page.close(),
    fix: () => writeFile(fixed, ''),
    async [Symbol.asyncDispose]() {
      await page.close();
      deployment.close();
      await run.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

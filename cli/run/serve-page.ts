/** The page of `weir run --open`: served, and opened in the user's browser if there is one. */
import { spawn } from 'node:child_process';
import { describeStack } from '../../local/announce.ts';
import type { PriceList } from '../../local/bill/prices.ts';
import { stackBill } from '../../local/bill/stack-bill.ts';
import { startPage } from '../../local/page/server.ts';
import type { Run } from '../../local/run.ts';
import { connectLocal } from '../../operate/connect.ts';

export interface ServePageOptions {
  readonly port: number;
  readonly open: boolean;
  readonly prices: PriceList;
}

export const PAGE_PORT = 8470;

export async function servePage(
  run: Run,
  { port, open, prices }: ServePageOptions,
): Promise<AsyncDisposable> {
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  const bill = () => stackBill(run.stack, run.seen().readings, prices);
  try {
    const page = await startPage({ run, deployment, bill }, { port });
    console.log(`Follow it on ${page.url}`);
    if (open) openBrowser(page.url);
    return {
      async [Symbol.asyncDispose]() {
        await page.close();
        deployment.close();
      },
    };
  } catch (error) {
    deployment.close();
    throw error;
  }
}

function openBrowser(url: string): void {
  const [command, ...args] = commandFor(url);
  // Over ssh and in scripts, this machine has no browser in front of the user.
  if (command === undefined || !process.stdout.isTTY) return;
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

function commandFor(url: string): string[] {
  if (process.platform === 'darwin') return ['open', url];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  const hasScreen = process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  return hasScreen ? ['xdg-open', url] : [];
}

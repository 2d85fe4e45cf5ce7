/**
 * The life of one account: its first statement at 57, a migration, a shadow with one planted difference, a
 * wake after silence, a forget, and a late redrive. Every step runs a command and keeps its output.
 */
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { KeyItem } from '../../../functions/state.ts';
import type { Deployment } from '../../../operate/deployment.ts';
import { findLocal } from '../../../operate/find-local.ts';
import { loadKey } from '../../../operate/keys.ts';
import { inQueue, lookAtQueues } from '../../../operate/status.ts';
import { startLastingTable } from './lasting-table.ts';
import { type Place, pause, stay, weir } from './weir.ts';

export type Told =
  | { readonly says: string }
  | { readonly command: string; readonly printed: string; readonly status: number | null };

/** The second run, which is still up. */
export interface PlayedLife extends AsyncDisposable {
  readonly place: Place;
  readonly deployment: Deployment;
}

const KEY = 'account-7';
const QUIET = 'account-8';

export async function playLife(folder: string, tell: (told: Told) => void): Promise<PlayedLife> {
  const ends: (() => unknown)[] = [];
  const end = async () => {
    for (const one of ends.toReversed()) await one();
  };
  try {
    const table = await startLastingTable();
    ends.push(() => table.close());
    const place = { folder, dynamodb: table.endpoint };
    await firstBuild(place, tell);
    const { stop, deployment } = await begin(place, 'account-2.ts', tell, ['--shadow', 'account-next.ts']);
    ends.push(stop, () => deployment.close());
    await secondBuild({ place, deployment, tell });
    return { place, deployment, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

interface Stage {
  readonly place: Place;
  readonly deployment: Deployment;
  readonly tell: (told: Told) => void;
}

async function firstBuild(place: Place, tell: Stage['tell']): Promise<void> {
  tell({
    says: 'The first build. A state is the sum of the entries, in cents. Statements begin at 57 (`startsAt`).',
  });
  const { stop, deployment } = await begin(place, 'account-1.ts', tell);
  const stage = { place, deployment, tell };
  try {
    tell({
      says: 'Statement 58 comes before 57. It is parked, and `weir keys` says what the account waits for.',
    });
    await submit(stage, KEY, 58, [250, -100]);
    await untilKey(stage, KEY, ({ parked }) => parked === 1);
    await run(stage, ['keys']);
    tell({ says: 'Then the first one comes. Both are computed, in their order.' });
    await submit(stage, KEY, 57, [1000]);
    await untilKey(stage, KEY, ({ counts }) => counts.applied === 3);
    await run(stage, ['state', KEY]);
    tell({ says: 'Another account gets one statement, and will be quiet from then on.' });
    await submit(stage, QUIET, 57, [40]);
    await untilKey(stage, QUIET, ({ counts }) => counts.applied === 1);
  } finally {
    deployment.close();
    await stop();
  }
}

async function secondBuild(stage: Stage): Promise<void> {
  const { tell } = stage;
  tell({
    says:
      'The second build has another shape of the state (`state.version` 2), and `wake`. The table is the same. A shadow computes ' +
      'beside it, which leaves out an entry of exactly 999 cents: that is the planted difference.',
  });
  await run(stage, ['keys', '--count']);
  await run(stage, ['migrate', '--to', '2']);
  tell({
    says: 'The next statement migrates the account. One of its entries is no number: compute throws on it.',
  });
  await submit(stage, KEY, 59, [5, 'ten', 1]);
  await untilKey(stage, KEY, ({ counts }) => counts.applied === 5 && counts.dead === 1);
  await run(stage, ['state', KEY]);
  await run(stage, ['explain', KEY]);
  tell({ says: 'The quiet account is migrated by a command.' });
  await run(stage, ['migrate', '--to', '2', '--all', '--rate', '50']);
  await run(stage, ['state', QUIET]);
  tell({
    says: 'With statement 60 the account has more than 20.00, and asks for a wake: five seconds later, an hour in earnest.',
  });
  await submit(stage, KEY, 60, [999, 5]);
  await untilKey(stage, KEY, ({ state }) => state?.includes('"silent":true') === true);
  tell({ says: 'Nothing came, and the wake did: the account is silent.' });
  await run(stage, ['state', KEY]);
  await run(stage, ['keys', '--where', 'silent = true']);
  await run(stage, ['export']);
  tell({ says: 'The shadow has found the one difference, and no other.' });
  await run(stage, ['shadow'], (printed) => / 6 +1 +0 +0 /.test(printed));
  await run(stage, ['shadow', KEY]);
  await forgetAndRedrive(stage);
}

async function forgetAndRedrive(stage: Stage): Promise<void> {
  const { tell } = stage;
  tell({ says: 'The owner of the account asks to be forgotten.' });
  await run(stage, ['forget', KEY, '--yes', '--reason', 'request 4711']);
  tell({
    says: 'Somebody sends the dead letter of statement 59 again, late. It is known, and begins nothing anew.',
  });
  await run(stage, ['dead', 'list'], (printed) => printed.includes(KEY));
  await run(stage, ['dead', 'redrive', '--all']);
  await untilEmpty(stage);
  await run(stage, ['state', KEY]);
  tell({ says: 'A later statement begins the account anew (`afterForget: begin`, the default).' });
  await submit(stage, KEY, 61, [70]);
  await untilKey(stage, KEY, ({ state }) => state !== undefined);
  await run(stage, ['state', KEY]);
  tell({ says: 'The other account is corrected by hand.' });
  await run(stage, [
    'reset',
    QUIET,
    '--to',
    '{"cents": 45, "silent": false}',
    '--reason',
    'a fee was booked twice',
  ]);
  await run(stage, ['state', QUIET]);
}

async function begin(place: Place, file: string, tell: Stage['tell'], more: readonly string[] = []) {
  const args = ['--pipeline', file, ...more];
  const run = await stay(args.map(inThisFolder), place);
  tell({ command: ['run', ...args, '--stay'].join(' '), printed: '', status: null });
  const deployment = await findLocal(join(place.folder, '.weir/local.json')).catch(async (error: unknown) => {
    await run.stop();
    throw error;
  });
  return { ...run, deployment };
}

function inThisFolder(word: string): string {
  return word.endsWith('.ts') ? join(import.meta.dirname, word) : word;
}

async function run(
  { place, tell }: Stage,
  args: readonly string[],
  isReady: (printed: string) => boolean = () => true,
): Promise<void> {
  for (;;) {
    const { status, printed } = await weir(args, place);
    if (!isReady(printed)) continue;
    tell({ command: args.map(asTyped).join(' '), printed, status });
    return;
  }
}

function asTyped(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word}'`;
}

async function submit(
  stage: Stage,
  account: string,
  statement: number,
  entries: readonly unknown[],
): Promise<void> {
  const id = `${account}-${statement}`;
  const file = join(stage.place.folder, `${id}.ndjson`);
  const line = JSON.stringify({ id, body: { account, statement, entries } });
  await writeFile(file, `${line}\n`);
  stage.tell({ says: `In \`${id}.ndjson\`: \`${line}\`` });
  await run(stage, ['submit', relative(stage.place.folder, file)]);
}

async function untilKey({ deployment }: Stage, key: string, isSo: (item: KeyItem) => boolean): Promise<void> {
  for (;;) {
    const found = await loadKey(deployment, key).catch(() => undefined);
    if (found !== undefined && isSo(found.item)) return;
    await pause();
  }
}

async function untilEmpty({ deployment }: Stage): Promise<void> {
  for (;;) {
    const { requests, readings } = await lookAtQueues(deployment);
    if (inQueue(requests) + inQueue(readings) === 0) return;
    await pause();
  }
}

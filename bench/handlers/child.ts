/**
 * One function in a process of its own: imports the bundle, then invokes it batch by batch as Lambda would,
 * and prints the time it took. `held` is the file of a control group: as on AWS, the import gets the whole
 * processor, and the invocations get the share that the function's memory gives.
 */
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { Session } from 'node:inspector/promises';
import { text } from 'node:stream/consumers';
import { batchOf, type HandlerWork } from './batches.ts';

export interface Task {
  readonly file: string;
  readonly work: HandlerWork;
  readonly warmUp: number;
  readonly batches: number;
  readonly stub: string;
  readonly held?: string;
  /** Where the CPU profile of the measured batches is written. */
  readonly profile?: string;
}

export interface Told {
  readonly importCpuMs: number;
  readonly firstAnswerMs: number;
  /** Handler time of each measured batch. */
  readonly ms: readonly number[];
  /** CPU time of all measured batches, without the creation of their events. */
  readonly cpuMs: number;
  readonly calls: number;
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

async function run({ file, work, warmUp, batches, stub, held, profile }: Task): Promise<Told> {
  const beforeImport = cpu();
  const { handler }: { handler: Handler } = await import(file);
  const importCpuMs = cpu() - beforeImport;
  if (held !== undefined) writeFileSync(held, String(process.pid));
  const invoke = async (event: object) => {
    const answer = await handler(event, { getRemainingTimeInMillis: () => 60_000, awsRequestId: 'bench' });
    const failed = JSON.stringify(answer);
    if (failed !== '{"batchItemFailures":[]}') throw new Error(`${work} gave back ${failed}`);
  };
  await invoke(batchOf(work, 0));
  const firstAnswerMs = performance.now();
  for (let batch = 1; batch < warmUp; batch += 1) await invoke(batchOf(work, batch));
  const events = Array.from({ length: batches }, (_, n) => batchOf(work, warmUp + n));
  const callsBefore = await callsOf(stub);
  const endProfile = profile === undefined ? undefined : await startProfile(profile);
  const ms: number[] = [];
  const before = cpu();
  for (const event of events) {
    const start = performance.now();
    await invoke(event);
    ms.push(performance.now() - start);
  }
  const cpuMs = cpu() - before;
  await endProfile?.();
  return {
    importCpuMs,
    firstAnswerMs,
    ms,
    cpuMs,
    calls: (await callsOf(stub)) - callsBefore,
  };
}

/** Returns a function that writes the profile. */
async function startProfile(file: string): Promise<() => Promise<void>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    writeFileSync(file, JSON.stringify(profile));
  };
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function callsOf(stub: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(
      stub,
      { agent: false },
      (answer) => void text(answer).then((body) => resolve(Number(body)), reject),
    ).on('error', reject);
  });
}

// Only measure.ts in this folder starts it, with a task of this type.
const task: Task = JSON.parse(process.argv[2] ?? '');
const told = await run(task);
// The handlers' metrics go to standard output; nothing else is written to this descriptor.
writeFileSync(3, JSON.stringify(told));
process.exit();

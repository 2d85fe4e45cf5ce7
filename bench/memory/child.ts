/**
 * A run of so many readings, all in one process, as `weir run` has it:
 *
 *   node bench/memory/child.ts READINGS [IN_A_REQUEST]
 *
 * The requests are made as they are sent, as those of a file are. At each million, and at the end, one line of JSON says how
 * much memory the process had at most so far, all its threads among it. At the end the sums of all keys must be right.
 */
import * as v from 'valibot';
import { enterLambdaWorld } from '../../cli/run/lambda-world.ts';
import { parseJson } from '../../functions/json.ts';
import { type Run, startRun } from '../../local/run.ts';
import { templateApart } from '../../local/template/template-apart.ts';
import { READINGS_PER_REQUEST } from './measure.ts';

const KEYS = 100;
const LOOK_EVERY_MS = 50;
const MB = 2 ** 20;
const MARK_EVERY = 1_000_000;

enterLambdaWorld();
const [readings = 0, inRequest = READINGS_PER_REQUEST] = process.argv.slice(2).map(Number);
const began = performance.now();
let peakBytes = 0;
let told = 0;
const run = await startRun({ pipeline: { file: 'bench/pipelines/totals.ts' } }, templateApart);
const startMb = process.memoryUsage.rss() / MB;
const timer = setInterval(look, LOOK_EVERY_MS);
await run.submit(requests());
await run.stack.atRest();
clearInterval(timer);
look();
const { readings: counted } = run.seen();
const sums = await sumsOf(run);
const cpu = process.cpuUsage();
await run.stop();
if (counted !== readings || sums.count !== readings || sums.sum !== (readings * (readings - 1)) / 2)
  throw new Error(
    `of ${readings} readings ${counted} were read, and the states hold ${JSON.stringify(sums)}`,
  );
tell(readings, { startMb, cpuSeconds: (cpu.user + cpu.system) / 1e6 });

function look(): void {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  const done = run.seen().readings;
  if (done < told + MARK_EVERY) return;
  told = done - (done % MARK_EVERY);
  if (done < readings) tell(done);
}

function tell(done: number, more: object = {}): void {
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ readings: done, seconds, peakMb: peakBytes / MB, ...more }));
}

async function sumsOf({ items }: Run) {
  const Totals = v.object({ count: v.number(), sum: v.number() });
  const states = (await items()).map(({ key, state = '' }) => v.parse(Totals, parseJson(state, key)));
  return states.reduce((all, { count, sum }) => ({ count: all.count + count, sum: all.sum + sum }), {
    count: 0,
    sum: 0,
  });
}

function* requests() {
  for (let from = 0; from < readings; from += inRequest) {
    const key = `key-${(from / inRequest) % KEYS}`;
    const values = Array.from({ length: Math.min(inRequest, readings - from) }, (_, index) => from + index);
    yield { body: JSON.stringify({ key, readMs: 0, busyMs: 0, blockMs: 0, values }) };
  }
}

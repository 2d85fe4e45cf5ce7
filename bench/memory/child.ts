/**
 * A run of so many readings, a hundred in each request, in a process of its own: prints how much memory the process had at
 * most, all its threads among it. The requests are made as they are sent, as those of a file are.
 */
import { startRun } from '../../local/run.ts';
import { templateApart } from '../../local/template/template-apart.ts';
import { READINGS_PER_REQUEST } from './measure.ts';

const KEYS = 100;
const LOOK_EVERY_MS = 50;
const MB = 2 ** 20;

const readings = Number(process.argv[2]);
let peakBytes = 0;
const timer = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, LOOK_EVERY_MS);
const run = await startRun({ pipeline: { file: 'bench/pipelines/totals.ts' } }, templateApart);
const startMb = process.memoryUsage.rss() / MB;
await run.submit(requests());
await run.stack.atRest();
clearInterval(timer);
const { readings: counted } = run.seen();
await run.stop();
if (counted !== readings) throw new Error(`${counted} of ${readings} readings were read`);
console.log(JSON.stringify({ startMb, peakMb: peakBytes / MB }));

function* requests() {
  for (let from = 0; from < readings; from += READINGS_PER_REQUEST) {
    const key = `key-${(from / READINGS_PER_REQUEST) % KEYS}`;
    const values = Array.from({ length: READINGS_PER_REQUEST }, (_, index) => from + index);
    yield { body: JSON.stringify({ key, readMs: 0, busyMs: 0, blockMs: 0, values }) };
  }
}

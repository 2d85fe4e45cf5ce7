/**
 * Does the work of `npm start` until a read has begun, and reports the time. Runs in its own process: see
 * first-read.ts.
 */
import { startOrigins } from '../cli/run/origins.ts';
import { pipelines } from '../infra/config.ts';
import { startRun } from '../local/run.ts';
import { templateApart } from '../local/template/template-apart.ts';
import { SAMPLE_LOG } from '../pipelines/sample-log.ts';

const { clicks } = pipelines;
if (clicks === undefined) throw new Error('infra/config.ts has no pipeline clicks');
await using origins = await startOrigins(SAMPLE_LOG, 10, 1);
const run = await startRun(
  { pipeline: clicks, env: { WEIR_ALLOW_HOSTS: origins.allowHosts } },
  templateApart,
);
await run.submit(origins.requests.map((request) => ({ body: JSON.stringify(request) })));
await run.stack.atRest();
const starts = run.observations.flatMap((each) => (each.kind === 'read' ? [each.start] : []));
await run.stop();
console.log(JSON.stringify({ firstReadMs: Math.min(...starts) - performance.timeOrigin }));

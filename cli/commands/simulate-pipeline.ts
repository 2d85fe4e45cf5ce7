/**
 * `weir simulate`: puts a user's pipeline through the faults that the test kit draws, without a written test.
 */
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { checkRequests } from '../../model/request-file.ts';
import { checkCompute } from '../../testing/check-compute.ts';
import { type Finding, tellFindings } from '../../testing/report.ts';
import { simulate } from '../../testing/simulate.ts';
import { onlyPipeline, pipelineOf } from '../run/pipeline-option.ts';
import { countOption, parseOptions, UsageError } from '../terminal/options.ts';
import { FOUND, printJson } from '../terminal/print.ts';

const HELP = `weir simulate --requests-file FILE [options]

First tests compute alone: is it deterministic, is it pure, does the order of readings matter? Then runs the whole pipeline
through crashes, repeats, lost answers and outages on a virtual clock. It reads each request for real, twice: once for
each part. In a test you can pass readings instead (docs/testing.md).

  --pipeline NAME|FILE   the pipeline (default: the only one in pipelines/)
  --requests-file FILE   its requests, one a line (weir help submit shows the format)
  --seeds N              number of simulated runs (default 20)
  --from SEED            the first seed (default 1)
  --json                 print the findings as JSON

Exit status 0: no finding. 3: there are findings. 1: it failed.
Example: weir simulate --pipeline pipelines/mine.ts --requests-file requests.ndjson --seeds 200`;

export const OPTIONS = {
  pipeline: { type: 'string' },
  'requests-file': { type: 'string' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export async function simulatePipeline(args: string[]): Promise<number> {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const requests = values['requests-file'];
  if (requests === undefined) throw new UsageError('--requests-file FILE is missing: what is to be read?');
  const options = {
    requests,
    seeds: countOption('seeds', values.seeds, 1, 100_000) ?? 20,
    from: countOption('from', values.from, 1, 1_000_000_000) ?? 1,
  };
  const { path } = values.pipeline === undefined ? onlyPipeline() : pipelineOf(values.pipeline);
  await checkRequests(requests);
  const { loadPipeline } = await import('../../infra/bundling/load-pipeline.ts');
  const pipeline = await loadPipeline(path);
  const compute = await checkCompute(pipeline, options);
  // A problem without faults would also appear under faults, less clearly.
  const run = compute.problems.length > 0 ? undefined : await simulate(pipeline, options);
  const problems = [...compute.problems, ...(run?.problems ?? [])];
  if (values.json)
    printJson({ pipeline: pipeline.name, problems, notices: compute.notices, simulation: run });
  else {
    report(problems, compute.notices);
    if (run !== undefined) {
      const faults = Object.values(run.faults).reduce((sum, count) => sum + count, 0);
      console.log(
        `${formatCountOf(run.seeds, 'run')}, ${formatCount(run.applied)} readings applied through ${formatCountOf(faults, 'fault')}.`,
      );
    }
  }
  return problems.length === 0 ? 0 : FOUND;
}

function report(problems: readonly Finding[], notices: readonly Finding[]): void {
  if (notices.length > 0) console.log(`To know:\n${tellFindings(notices)}\n`);
  if (problems.length > 0) console.log(`Found:\n${tellFindings(problems)}\n`);
  else console.log('No problem was found.');
}

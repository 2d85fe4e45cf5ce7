/** The options of `weir run`, and its help text. */
import type { ParseArgsConfig } from 'node:util';
import { NUMBERS_OPTION, parseOptions } from '../terminal/options.ts';
import { PAGE_PORT } from './serve-page.ts';

export type RunValues = ReturnType<typeof parseRun>;

export function parseRun(args: string[]) {
  return parseOptions(args, RUN_OPTIONS);
}

export const TIMELINE_FILE = '.weir/timeline.html';

export const RUN_OPTIONS = {
  pipeline: { type: 'string' },
  all: { type: 'boolean', default: false },
  'requests-file': { type: 'string', multiple: true, default: [] },
  backfill: { type: 'string' },
  feed: { type: 'string' },
  numbers: NUMBERS_OPTION,
  app: { type: 'string' },
  stack: { type: 'string' },
  shadow: { type: 'string' },
  secret: { type: 'string', multiple: true, default: [] },
  'secrets-file': { type: 'string' },
  stay: { type: 'boolean', default: false },
  open: { type: 'boolean', default: false },
  page: { type: 'string' },
  input: { type: 'string' },
  requests: { type: 'string' },
  seed: { type: 'string' },
  readers: { type: 'string' },
  chaos: { type: 'string' },
  env: { type: 'string', multiple: true, default: [] },
  'env-file': { type: 'string' },
  patient: { type: 'boolean', default: false },
  json: { type: 'string' },
  prices: { type: 'string' },
  timeline: { type: 'string', default: TIMELINE_FILE },
  svg: { type: 'string' },
  verbose: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsConfig['options'];

export const RUN_HELP = `weir run [options]

Deploys a pipeline on this machine, submits requests to it, and shows what happened.

Which pipeline
  --pipeline NAME|FILE   a pipeline of infra/config.ts, or a file (default: the only one in pipelines/; in a clone the sample)
  --requests-file FILE   its requests, one a line (weir help submit shows the format)
  --backfill FILE        requests for the backfill lane, read beside the others. For a pipeline with backfill
  --feed [FEED=]FILE     records of a feed, one a line, as the pipeline gets them; the feed's own function passes them on
  --stack STACK          a stack of your CDK app; with several pipelines in it, name one with --pipeline, or give --all
  --all                  every pipeline of the stack, each in a process of its own, with its files in .weir/NAME/. Then
                         give --requests-file NAME=FILE for each. The commands find one by --pipeline NAME
  --app COMMAND          the command that starts the app (default: "app" of cdk.json)
  --shadow FILE          another compute, tried beside the pipeline's on all keys; weir shadow shows what it makes otherwise
  --numbers rounded      with --app: round numbers that a double cannot hold (a pipeline file says this itself)
The sample
  --input FILE|DIR       your access logs, in common or combined format (default: the sample log)
  --requests N           cut the log into N requests (default 100; more if one had over 100,000 lines)
  --seed N               seed for the delays of the slow server that serves the log (default 1)
What the functions get
  --env NAME=VALUE       a variable for read, compute and write; repeatable. The functions see no other variable of your
                         shell. As on Lambda they run in UTC and en_US.UTF-8, in a folder without your files
  --env-file FILE        more variables, one NAME=VALUE a line
  --secret NAME=VALUE    the value of a secret; repeatable, never printed
  --secrets-file FILE    more secrets, one NAME=VALUE a line
  --readers N            reader functions at once, 2 to 1000
How it runs
  --stay                 stay up until Ctrl-C, so that weir submit, status, dead and others can use this run
  --open                 open a live page in the browser; it has buttons to resume and redrive. Implies --stay
  --page PORT            serve that page on 127.0.0.1 at PORT (default ${PAGE_PORT}, 0: any) without opening a browser
  --chaos N              inject faults at random, with seed N: kill functions, refuse calls, cut answers, fail parts of
                         batches, deliver messages twice. The result must not change
  --patient              keep trying, as AWS does, when all that is left fails again and again (default: the run ends)
What it writes
  -v, --verbose          print every table: all keys, all failures, the AWS calls and the bill
  --json FILE            write the summary as JSON
  --timeline FILE        write the timeline page here (default .weir/timeline.html)
  --svg FILE             write the timeline alone as an SVG picture
  --prices FILE          price list for the bill (default local/bill/prices.json)

Exit status 0: every request and every reading is accounted for. 1: some are not. 3: an error set some aside, or the run
made no more progress. 4: nothing was counted. With --stay, or after Ctrl-C while it is up: 0. With --all: the worst of them.
Examples: weir run --pipeline pipelines/mine.ts --requests-file requests.ndjson --stay
          weir run --pipeline pipelines/mine.ts --requests-file live.ndjson --backfill last-year.ndjson
          weir run --open
          weir run --input /var/log/apache2/access.log --requests 200
          weir run --readers 2 --seed 7 --json summary.json
          weir run --stack Site --pipeline Meters --requests-file requests.ndjson --secrets-file local.secrets
          weir run --all --requests-file Meters=meters.ndjson --requests-file Bills=bills.ndjson`;

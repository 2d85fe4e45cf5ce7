/** What a run runs, and on what: the sample on logs, or any pipeline on a file of requests. */

import type { OutgoingMessage } from '../functions/ports.ts';
import { type PipelineConfig, pipelines } from '../infra/config.ts';
import { checkRequests, requestsOf } from '../operate/request-file.ts';
import { SAMPLE_LOG } from '../pipelines/sample-log.ts';
import { UsageError } from './options.ts';
import { startOrigins } from './origins.ts';
import { pipelineOf } from './pipeline-option.ts';

export interface RunInput extends AsyncDisposable {
  readonly pipeline: PipelineConfig;
  readonly requests: readonly OutgoingMessage[];
  /** Added to every function's environment variables. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunInputOptions {
  readonly pipeline?: string | undefined;
  readonly requestsFile?: string | undefined;
  /** May come with no requests at all: they are submitted later. */
  readonly stay: boolean;
  /** Of the sample: logs, the parts that they are cut into, and a seed for the server's delays. */
  readonly input?: string | undefined;
  readonly parts: number;
  readonly seed: number;
}

export async function openInput(options: RunInputOptions): Promise<RunInput> {
  const { pipeline: given, requestsFile, stay, input } = options;
  if (given === undefined && requestsFile === undefined) return openSample(options);
  if (input !== undefined) {
    throw new UsageError('--input is for the sample run on logs; with --pipeline give --requests-file FILE');
  }
  const { config } = pipelineOf(given ?? 'clicks');
  if (requestsFile === undefined && !stay) {
    throw new UsageError('--pipeline needs --requests-file FILE, or --stay, to submit requests to it later');
  }
  const requests: OutgoingMessage[] = [];
  if (requestsFile !== undefined) {
    for await (const { message } of requestsOf(await checkRequests(requestsFile))) requests.push(message);
  }
  return { pipeline: config, requests, env: {}, [Symbol.asyncDispose]: async () => {} };
}

async function openSample({ input = SAMPLE_LOG, parts, seed }: RunInputOptions): Promise<RunInput> {
  const { clicks } = pipelines;
  if (clicks === undefined) throw new Error('infra/config.ts has no pipeline clicks');
  const origins = await startOrigins(input, parts, seed);
  return {
    pipeline: clicks,
    requests: origins.requests.map((request) => ({ body: JSON.stringify(request) })),
    env: { WEIR_ALLOW_HOSTS: origins.allowHosts },
    [Symbol.asyncDispose]: () => origins[Symbol.asyncDispose](),
  };
}

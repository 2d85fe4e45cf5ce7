/**
 * Passes observations on to a diagnostics channel of Node (the local run draws its timeline from it), to the metrics of the
 * invocation, and to the log if an operator must know. It is not in aws/, because it needs no client, only this process.
 *
 * An invocation that is killed loses its metrics. Lambda's own metric `Errors` counts it.
 */
import { channel } from 'node:diagnostics_channel';
import { ENV } from './env.ts';
import { isInShare } from './in-share.ts';
import { firstOf, type Level, logLine } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Clock, Committed, Observe } from './ports.ts';
import { flushSpans, spansOf, type Trace } from './tracing.ts';

export const OBSERVATIONS_CHANNEL = 'weir';

/** The part of Lambda's context that Weir uses. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
  readonly awsRequestId?: string;
}

interface Surroundings {
  readonly clock: Pick<Clock, 'now'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The pipeline's `trace`, for its spans. */
  readonly trace?: Trace | undefined;
}

type Handler<Answer> = (event: unknown, context: InvocationContext) => Promise<Answer>;

export interface Observer {
  readonly observe: Observe;
  /** Wraps a handler: at the end of every invocation, its metrics are written as one log line. */
  observed<Answer>(handle: Handler<Answer>): Handler<Answer>;
}

/** Made once per environment. */
export function createObserver(
  functionName: 'reader' | 'compute' | 'writer' | 'feed',
  { clock, env, trace }: Surroundings,
): Observer {
  const observations = channel(OBSERVATIONS_CHANNEL);
  const metrics = createMetrics();
  const pipeline = env[ENV.pipeline] ?? env[ENV.stackName] ?? '';
  let invocation: string | undefined;
  const print: Print = (level, kind, fields) => {
    const line = logLine(level, { ...fields, kind, pipeline, function: functionName, invocation });
    (level === 'error' ? process.stderr : process.stdout).write(`${line}\n`);
  };
  const log = createLog(tracedShareOf(env), print);
  const spans = spansOf(trace, pipeline);
  return {
    observe(observation) {
      if (observations.hasSubscribers) observations.publish(observation);
      metrics.add(observation);
      log(observation);
      spans?.(observation);
    },
    observed: (handle) => async (event, context) => {
      invocation = context.awsRequestId;
      try {
        return await handle(event, context);
      } finally {
        const line = metrics.take([pipeline, functionName], clock.now());
        if (line !== undefined) process.stdout.write(`${line}\n`);
        await flushSpans(trace);
      }
    },
  };
}

type Print = (level: Level, kind: string, fields: Parameters<typeof logLine>[1]) => void;

function tracedShareOf(env: Surroundings['env']): number {
  const percent = Number(env[ENV.tracedPercent]);
  return percent > 0 ? percent / 100 : 0;
}

/** Logs what an operator must know, and the path of a share (0 to 1) of the requests. */
function createLog(tracedShare: number, print: Print): Observe {
  const logCommit = (key: string, version: number, committed: Committed) => {
    const { stopped, setAside, requests, outputs, said, passed } = committed;
    if (said !== undefined) print('info', said.word, { key, version, id: said.id });
    if (passed !== undefined) print('error', 'gap passed over', { key, version, ...passed });
    if (stopped?.before === false) print('error', 'stopped', { key, version, reason: stopped.reason });
    const [reasons, from] = [firstOf(setAside.reasons), firstOf(setAside.requests)];
    if (reasons.length > 0) print('error', 'set aside', { key, version, reasons, requests: from });
    if (tracedShare === 0) return;
    const traced = requests.filter((request) => isInShare(request, tracedShare));
    if (traced.length > 0) print('info', 'commit', { key, version, requests: firstOf(traced), outputs });
  };
  return (seen) => {
    if (seen.kind === 'failure') {
      print('error', seen.kind, { ...seen });
    } else if (seen.kind === 'source') {
      const { source, alone: reason } = seen;
      if (reason !== undefined) print('error', 'source not shared', { source, reason });
    } else if (seen.kind === 'shadow') {
      const { key, version, different, threw, problem: reason } = seen;
      if (different + threw > 0 || reason !== undefined)
        print('info', seen.kind, { key, version, different, threw, reason });
    } else if (seen.kind === 'read' && isInShare(seen.request, tracedShare)) {
      const { request, outcome, readings, start, end } = seen;
      print('info', seen.kind, { request, outcome, readings, readMs: Math.round(end - start) });
    } else if (seen.kind === 'commit' && seen.committed !== undefined) {
      logCommit(seen.key, seen.version, seen.committed);
    } else if (seen.kind === 'write' && tracedShare >= 1) {
      // The writer does not know which requests its outputs come from, so it logs them only if every request is traced.
      const { key, version, outcome, outputs } = seen;
      print('info', seen.kind, { key, version, outcome, outputs });
    }
  };
}

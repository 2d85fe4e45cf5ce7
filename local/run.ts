/**
 * A run: the pipeline synthesized, deployed on this machine, fed with requests, and watched until it is at rest. What
 * it was is kept as a record; cli/ prints and draws it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../functions/aws/clock.ts';
import { decodeItem } from '../functions/aws/dynamo-items.ts';
import { defined } from '../functions/defined.ts';
import { STATE_SORT_KEY } from '../functions/item-names.ts';
import { isRoutineLine } from '../functions/log.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import { decodeMessage } from '../functions/readings.ts';
import { REQUEST_ATTRIBUTES } from '../functions/requests.ts';
import type { KeyItem } from '../functions/state.ts';
import type { PipelineConfig } from '../infra/config.ts';
import type { SettingsOverride } from '../infra/settings/settings.ts';
import type { Line } from '../model/lines.ts';
import type { Queue } from '../model/queue/types.ts';
import type { LogLine } from './lambda/watch-function.ts';
import type { LocalStack } from './local-stack.ts';
import { EMPTY_RECEIVE } from './mappings/sqs-mapping.ts';
import type { DeadLetter, RunObservation } from './report/observed.ts';
import type { RunRecord } from './report/run-record.ts';
import { startStack } from './stack.ts';
import type { StackOptions } from './stack-options.ts';
import type { SeenMessage } from './storage/stack-queue.ts';
import { planStack, readTemplate, type TemplateSource } from './template/template.ts';

export interface RunOptions extends TemplateRunOptions {
  readonly pipeline: PipelineConfig;
  readonly settings?: SettingsOverride;
}

/** Of a template that is there already. */
export interface TemplateRunOptions {
  /** Added to every function's environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the pipeline's secrets say in this run, by name. */
  readonly secrets?: StackOptions['secrets'];
  /** Environments started before the first request, by stage. */
  readonly prewarm?: StackOptions['prewarm'];
  readonly onLog?: (line: LogLine) => void;
  readonly onWork?: StackOptions['onWork'];
  readonly chaos?: StackOptions['chaos'];
}

export interface Run {
  readonly pipeline: string;
  readonly stack: LocalStack;
  readonly observations: readonly RunObservation[];
  /** Empty. Of the folders of this run, the one for functions to be in. */
  readonly workFolder: string;
  submit(requests: Iterable<OutgoingMessage>): Promise<void>;
  /** Makes requests of the lines by the function of a feed: see LocalStack. */
  feed(id: string | undefined, lines: readonly Line[]): Promise<void>;
  /** How many requests were submitted. */
  submitted(): number;
  items(): Promise<KeyItem[]>;
  record(): Promise<RunRecord>;
  stop(): Promise<void>;
}

export async function startRun(options: RunOptions): Promise<Run> {
  // The CDK takes a while to load, and only a run needs it.
  const { synthesize } = await import('../infra/synthesize.ts');
  const { localSecrets } = await import('./local-secrets.ts');
  const { pipeline, settings, env = {}, secrets = {} } = options;
  return startTemplate(async (folder) => {
    const [synthesized] = await synthesize({
      pipelines: [{ ...pipeline, secrets: { ...localSecrets(Object.keys(secrets)), ...pipeline.secrets } }],
      ...defined({ settings }),
      env,
      validate: false,
      outdir: join(folder, 'cdk.out'),
      bundleDir: join(folder, 'functions'),
    });
    if (synthesized === undefined) throw new Error(`${pipeline.file} gave no stack`);
    const { assembly, name } = synthesized;
    return { name: synthesized.pipeline.name, template: readTemplate(assembly, name) };
  }, options);
}

/** `make` gives the pipeline's name and its template, for which it may use a folder that goes with the run. */
export async function startTemplate(
  make: (folder: string) => Promise<{ readonly name: string; readonly template: TemplateSource }>,
  { env = {}, secrets = {}, prewarm = {}, onLog, onWork, chaos }: TemplateRunOptions,
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-run-'));
  try {
    // Not writable, as Lambda's; for root it is all the same.
    await mkdir(workFolderIn(folder), { mode: 0o555 });
    const { name, template } = await make(folder);
    const observations: RunObservation[] = [];
    const stack = await startStack(planStack(template), {
      env,
      secrets,
      prewarm,
      // Metrics and traces are for CloudWatch; here observations tell the same.
      ...(onLog && { onLog: (line: LogLine) => (isRoutineLine(line.line) ? undefined : onLog(line)) }),
      ...(onWork && { onWork }),
      ...defined({ chaos }),
      onObservation: ({ environment, observation }) => observations.push({ ...observation, environment }),
    });
    return watchRun(name, stack, observations, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function workFolderIn(folder: string): string {
  return join(folder, 'task');
}

function watchRun(pipeline: string, stack: LocalStack, observations: RunObservation[], folder: string): Run {
  let requests = 0;
  let startedAt = 0;
  const items = async () => {
    const all = await stack.items('StateTable');
    return all.filter((item) => item['sk']?.S === STATE_SORT_KEY).map(decodeItem);
  };
  return {
    pipeline,
    stack,
    observations,
    workFolder: workFolderIn(folder),
    items,
    submitted: () => requests,
    async submit(messages) {
      const all = [...messages];
      requests += all.length;
      if (startedAt === 0) startedAt = systemClock.now();
      await stack.submit('RequestsQueue', all);
    },
    async feed(id, lines) {
      requests += lines.length;
      if (startedAt === 0) startedAt = systemClock.now();
      await stack.feed(id, lines);
    },
    async record() {
      const { [EMPTY_RECEIVE]: emptyReceives = 0, ...calls } = stack.calls.byOperation();
      return {
        pipeline,
        startedAt,
        endedAt: systemClock.now(),
        requests,
        observations,
        items: await items(),
        deadLetters: [
          ...(await stack.list('RequestsDeadLetterQueue')).map(deadRequest),
          ...(await stack.list('ReadingsDeadLetterQueue')).map(deadReadings),
        ],
        calls,
        emptyReceives,
        failedOutputs: stack.failedOutputs().length,
      };
    },
    async stop() {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function deadRequest(message: SeenMessage): DeadLetter {
  const { id, messageId, stage, reason, attempts } = REQUEST_ATTRIBUTES;
  const given = message.attributes;
  return {
    stage: given[stage] ?? 'read',
    reason: given[reason] ?? `SQS gave it up after ${message.receiveCount} receives`,
    attempts: Number(given[attempts] ?? message.receiveCount),
    request: given[id] ?? given[messageId] ?? message.messageId,
  };
}

function deadReadings(message: SeenMessage): DeadLetter {
  const { stage, reason, attempts } = REQUEST_ATTRIBUTES;
  const given = message.attributes;
  return {
    stage: given[stage] ?? 'compute',
    reason: given[reason] ?? `SQS gave it up after ${message.receiveCount} receives`,
    attempts: Number(given[attempts] ?? message.receiveCount),
    ...whatItHolds(message.body),
  };
}

function whatItHolds(body: string): Pick<DeadLetter, 'request' | 'key' | 'readings' | 'wake'> {
  try {
    const { kind, request, key, readings } = decodeMessage(body);
    return { request, key, readings: readings.length, ...(kind === 'wake' ? { wake: true } : {}) };
  } catch {
    return { readings: 0 }; // Not a message of Weir: it holds no reading.
  }
}

/** The messages of a queue that nobody reads in a local run: what `write` delivered. */
export function bodiesOf(queue: Queue): { id: string; body: string }[] {
  return queue.list().map(({ attributes, body }) => ({ id: attributes['id'] ?? '', body }));
}

/**
 * A run: the pipeline is synthesized, deployed on this machine, fed with requests and watched until it is at
 * rest. The run is kept as a record, which cli/ prints and draws.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../functions/aws/clock.ts';
import { decodeItem } from '../functions/aws/dynamo-items.ts';
import type { Lane } from '../functions/backfill.ts';
import { defined } from '../functions/defined.ts';
import { STATE_SORT_KEY } from '../functions/item-names.ts';
import { isRoutineLine } from '../functions/log.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import type { KeyItem } from '../functions/state.ts';
import type { PipelineConfig } from '../infra/config.ts';
import type { SettingsOverride } from '../infra/settings/settings.ts';
import type { Line } from '../model/lines.ts';
import type { Queue } from '../model/queue/types.ts';
import { asThereIsRoom } from './as-there-is-room.ts';
import { deadLettersOf } from './dead-letters.ts';
import type { LogLine } from './lambda/watch-function.ts';
import type { LocalStack } from './local-stack.ts';
import { LANE_QUEUES } from './made-requests.ts';
import { EMPTY_RECEIVE } from './mappings/sqs-mapping.ts';
import { createObservationLog, type ObservationLog } from './report/observation-log.ts';
import type { DeadLetter, RunObservation } from './report/observed.ts';
import type { RunRecord } from './report/run-record.ts';
import type { Seen } from './report/seen.ts';
import { startStack } from './stack.ts';
import type { StackOptions } from './stack-options.ts';
import type { Messages } from './submit.ts';
import { makeTemplate } from './template/make-template.ts';
import { planStack, readTemplate, type TemplateSource } from './template/template.ts';

export interface RunOptions extends TemplateRunOptions {
  readonly pipeline: PipelineConfig;
  readonly settings?: SettingsOverride;
}

/** Options for a run of an existing template. */
export interface TemplateRunOptions {
  /** Added to every function's environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Values of the pipeline's secrets in this run, by name. */
  readonly secrets?: StackOptions['secrets'];
  /** Environments started before the first request, by stage. */
  readonly prewarm?: StackOptions['prewarm'];
  /** Like `prewarm`, but the first requests do not wait for these environments. */
  readonly ahead?: StackOptions['ahead'];
  readonly onLog?: (line: LogLine) => void;
  readonly onWork?: StackOptions['onWork'];
  readonly chaos?: StackOptions['chaos'];
}

export interface Run {
  readonly pipeline: string;
  readonly stack: LocalStack;
  /** The newest observations; all of them in a short run. See report/observation-log.ts. */
  readonly observations: readonly RunObservation[];
  readonly forgotten: () => number;
  /** Totals of all observations. */
  seen(): Seen;
  /** The empty working directory of the functions, inside the folders of this run. */
  readonly workFolder: string;
  /**
   * Sends no faster than requests are worked on: messages in the queues are held in memory here. Once
   * aborted, it sends no more.
   */
  submit(requests: Messages, signal?: AbortSignal, lane?: Lane): Promise<void>;
  /** Turns lines into requests through the function of a feed: see LocalStack. */
  feed(id: string | undefined, lines: readonly Line[]): Promise<void>;
  /** Number of requests submitted, to both lanes, from the file of the run and by all others. */
  submitted(): number;
  /** Logical ids of the queues of the lanes. */
  readonly requestQueues: readonly string[];
  items(): Promise<KeyItem[]>;
  record(): Promise<RunRecord>;
  stop(): Promise<void>;
}

/** `make` makes the template: in this process, or with template-apart.ts in another one. */
export async function startRun(options: RunOptions, make = makeTemplate): Promise<Run> {
  const { pipeline, settings, env = {}, secrets = {} } = options;
  return startTemplate(async (folder) => {
    const order = { pipeline, ...defined({ settings }), env, secrets: Object.keys(secrets), folder };
    const { name, stack, assembly } = await make(order);
    return { name, template: readTemplate(assembly, stack) };
  }, options);
}

/** `make` returns the pipeline's name and template. It may use the folder, which is deleted with the run. */
export async function startTemplate(
  make: (folder: string) => Promise<{ readonly name: string; readonly template: TemplateSource }>,
  { env = {}, secrets = {}, prewarm = {}, ahead = {}, onLog, onWork, chaos }: TemplateRunOptions,
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-run-'));
  try {
    // Not writable, as on Lambda; root can write to it anyway.
    await mkdir(workFolderIn(folder), { mode: 0o555 });
    const { name, template } = await make(folder);
    const log = createObservationLog();
    const stack = await startStack(planStack(template), {
      env,
      secrets,
      prewarm,
      ahead,
      // Metrics and traces are for CloudWatch; here the observations say the same.
      ...(onLog && { onLog: (line: LogLine) => (isRoutineLine(line.line) ? undefined : onLog(line)) }),
      ...(onWork && { onWork }),
      ...defined({ chaos }),
      onObservation: ({ environment, observation }) => log.add({ ...observation, environment }),
    });
    return watchRun(name, stack, log, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function workFolderIn(folder: string): string {
  return join(folder, 'task');
}

function watchRun(pipeline: string, stack: LocalStack, log: ObservationLog, folder: string): Run {
  const given = { live: 0, backfill: 0 };
  const { made } = stack;
  const submitted = (lane: Lane) => given[lane] + made.count[lane];
  let startedAt = 0;
  const items = async () => {
    const all = await stack.items('StateTable');
    return all.filter((item) => item['sk']?.S === STATE_SORT_KEY).map(decodeItem);
  };
  return {
    pipeline,
    stack,
    observations: log.observations,
    forgotten: log.forgotten ?? (() => 0),
    seen: () => log.seen,
    workFolder: workFolderIn(folder),
    items,
    submitted: () => submitted('live') + submitted('backfill'),
    requestQueues: Object.values(LANE_QUEUES).filter((lane) =>
      stack.plan.queues.some(({ id }) => id === lane),
    ),
    async submit(messages, signal, lane = 'live') {
      if (startedAt === 0) startedAt = systemClock.now();
      const queue = LANE_QUEUES[lane];
      const waiting = () => stack.counts(queue).visible + stack.counts('ReadingsQueue').visible;
      const sent = asThereIsRoom(messages, waiting, signal);
      await stack.submit(
        queue,
        countedBy(sent, (message) => {
          given[lane] += 1;
          made.given(message);
        }),
      );
    },
    async feed(id, lines) {
      if (startedAt === 0) startedAt = systemClock.now();
      await stack.feed(id, lines);
    },
    async record() {
      const deadLetters = await deadLettersOf(stack);
      return {
        pipeline,
        startedAt,
        endedAt: systemClock.now(),
        ...requestsOf(submitted, made.count, deadLetters),
        ...log.drawn(),
        seen: log.seen,
        items: await items(),
        deadLetters,
        ...callsOf(stack),
        failedOutputs: stack.failedOutputs().length,
      };
    },
    async stop() {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function callsOf({ calls }: LocalStack): Pick<RunRecord, 'calls' | 'emptyReceives'> {
  const { [EMPTY_RECEIVE]: emptyReceives = 0, ...others } = calls.byOperation();
  return { calls: others, emptyReceives };
}

/** A record of a feed that could not become a request counts as one, because it has an end: a dead letter. */
function requestsOf(
  submitted: (lane: Lane) => number,
  made: Readonly<Record<Lane, number>>,
  deadLetters: readonly DeadLetter[],
): Pick<RunRecord, 'requests' | 'backfill' | 'made'> {
  const unfit = deadLetters.filter(({ stage }) => stage === 'feed').length;
  const backfill = submitted('backfill');
  const others = made.live + made.backfill + unfit;
  return {
    requests: submitted('live') + backfill + unfit,
    ...(backfill > 0 && { backfill }),
    ...(others > 0 && { made: others }),
  };
}

async function* countedBy(
  messages: AsyncIterable<OutgoingMessage>,
  count: (message: OutgoingMessage) => void,
) {
  for await (const message of messages) {
    count(message);
    yield message;
  }
}

/** The messages of a queue without a consumer in the local run: the outputs that `write` delivered. */
export function bodiesOf(queue: Queue): { id: string; body: string }[] {
  return queue.list().map(({ attributes, body }) => ({ id: attributes['id'] ?? '', body }));
}

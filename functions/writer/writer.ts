/**
 * The writer: delivers the results of commits from the table's stream. Outputs go to the user's write, readings that were
 * set aside to their dead-letter queue, wakes to the scheduler.
 *
 * Outputs of one key are written in the order of their commits, one call after the other; keys run side by side.
 * Everything is delivered at least once: the stream repeats a batch from its first failed record on, so records
 * after that one come again, under the same ids and with the same content, because both were fixed at the commit.
 */
import { withDeadline } from '../deadline.ts';
import { defined } from '../defined.ts';
import { reasonOf } from '../errors.ts';
import { TIMEOUT_MARGIN_MS } from '../limits.ts';
import { type Delivery, NO_SECRETS, type Pipeline } from '../pipeline.ts';
import type { Clock, Observe, Outbox, WakeScheduler } from '../ports.ts';
import { REQUEST_ATTRIBUTES } from '../requests.ts';
import type { KeyItem } from '../state.ts';
import type { DeadReading, StateStore } from '../state-store.ts';
import { currentStateOf } from '../state-versions.ts';
import { tracesOf } from '../trace-context.ts';
import { collectOutputSubmits, type OutputSubmits, traceOfOutput } from './output-submits.ts';
import { sendRequests } from './send-requests.ts';
import { setWakes } from './set-wakes.ts';

/** A record of the stream that the writer must handle. */
export type StreamRecord = { readonly sequenceNumber: string; readonly key: string } & (
  | { readonly kind: 'committed'; readonly item: KeyItem }
  | { readonly kind: 'dead'; readonly dead: DeadReading }
  /** Cannot be decoded. It is retried and then put into the bucket, like a record whose write fails. */
  | { readonly kind: 'unreadable'; readonly problem: unknown }
);

export interface WriterPorts {
  readonly pipeline: Pipeline;
  readonly store: Pick<StateStore, 'load'>;
  readonly deadLetters: Outbox;
  /** The queue for requests that a write submits. */
  readonly requests: Outbox;
  /** Set if the pipeline makes schedules. */
  readonly scheduler?: WakeScheduler;
  readonly clock: Clock;
  readonly observe: Observe;
}

/** Returns the sequence numbers of the records that failed, or that come after a failed record of their key. */
export async function writeBatch(
  records: readonly StreamRecord[],
  remainingMs: number,
  ports: WriterPorts,
): Promise<string[]> {
  const stopAt =
    ports.clock.now() + Math.min(ports.pipeline.limits.writeTimeoutMs, remainingMs - TIMEOUT_MARGIN_MS);
  const byKey = Map.groupBy(records, ({ key, sequenceNumber }) => (key === '' ? sequenceNumber : `/${key}`));
  const failed = await Promise.all([...byKey.values()].map((ofKey) => writeKey(ofKey, stopAt, ports)));
  return failed.flat();
}

async function writeKey(
  records: readonly StreamRecord[],
  stopAt: number,
  ports: WriterPorts,
): Promise<string[]> {
  let done = 0;
  try {
    for (const record of records) {
      if (record.kind === 'unreadable') throw record.problem;
      if (record.kind === 'dead') await setAside(record.dead, ports);
      else {
        // Wakes come before outputs, so that a sink that fails does not delay them.
        await setWakes(record.item, ports.scheduler);
        await writeOutputs(record.item, stopAt, ports);
      }
      done += 1;
    }
  } catch (error) {
    const failed = records[done];
    const key = records[0]?.key ?? '';
    ports.observe({
      kind: 'failure',
      stage: 'write',
      group: key,
      key,
      messages: records.length - done,
      reason: reasonOf(error),
      ...(failed?.kind === 'committed' ? { version: failed.item.version } : {}),
    });
  }
  return records.slice(done).map((record) => record.sequenceNumber);
}

async function writeOutputs(item: KeyItem, stopAt: number, ports: WriterPorts): Promise<void> {
  const { pipeline, store, clock, observe, requests } = ports;
  const { write } = pipeline;
  if (write === undefined || item.outputs.length === 0) return;
  const start = clock.now();
  const seen = (outcome: 'done' | 'failed') =>
    observe({
      kind: 'write',
      key: item.key,
      version: item.version,
      start,
      end: clock.now(),
      outcome,
      outputs: item.outputs.length,
      ...defined({ traces: tracesOf((item.traces ?? []).map(({ trace }) => trace)) }),
    });
  const latest = async (key: string): Promise<unknown> => {
    const newest = await store.load(key);
    return newest && currentStateOf(newest, pipeline.state);
  };
  const submits = collectOutputSubmits(item, (index) => outputId(item, index), pipeline.limits);
  try {
    await withDeadline(clock, Math.max(0, stopAt - start), 'write', (signal) =>
      write(deliveries(item, submits), { signal, latest, secrets: NO_SECRETS }),
    );
    const made = submits.close();
    if (made.length > 0) await sendRequests(made, requests);
    seen('done');
  } catch (error) {
    seen('failed');
    throw error;
  }
}

function outputId({ key, version }: KeyItem, index: number): string {
  return `${key}/${version}/${index}`;
}

function deliveries(item: KeyItem, submits: OutputSubmits): Delivery<unknown>[] {
  return item.outputs.map((output, index) => {
    const { key, version } = item;
    const data = { id: outputId(item, index), key, version, output: JSON.parse(output) };
    const traced = { ...data, ...defined({ trace: traceOfOutput(item, index) }) };
    // `submit` is not enumerable, so that a write can clone, store or forward a delivery as plain data.
    return Object.defineProperty({ ...traced, submit: submits.submitOf(index) }, 'submit', {
      enumerable: false,
    });
  });
}

/** The FIFO dead-letter queue drops a repeat within five minutes by its id. A later repeat is the same message again. */
async function setAside(dead: DeadReading, { deadLetters }: WriterPorts): Promise<void> {
  const { stage, reason, attempts } = REQUEST_ATTRIBUTES;
  const [failure] = await deadLetters.sendBatch([
    {
      body: dead.body,
      group: dead.group,
      deduplicationId: dead.id,
      attributes: { [stage]: dead.stage, [reason]: dead.reason, [attempts]: String(dead.attempts) },
    },
  ]);
  if (failure !== undefined) throw new Error(`SQS refused a dead letter: ${failure.reason}`);
}

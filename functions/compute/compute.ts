/**
 * Compute: takes a batch of the readings queue, folds each key's messages onto its item and commits.
 *
 * A batch has several message groups. They are independent: a group that fails does not hold back another one. Within a
 * group the order is kept: at the first failure, that message and all later ones of the group are returned. A message is
 * acknowledged only when a committed item holds its effect. On redelivery, the item's sequence number and receipts show
 * which messages were applied already.
 */

import { decodeMessage } from '../decode-readings.ts';
import { GiveBackError, NewerFormatError, PermanentError, reasonOf } from '../errors.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import { MESSAGE_BYTES_MAX, TIMEOUT_MARGIN_MS } from '../limits.ts';
import { refuseUnmergeable } from '../merge.ts';
import { groupOf } from '../message-ids.ts';
import type { Pipeline } from '../pipeline.ts';
import { type FromQueue, fromQueue } from './arrival.ts';
import { type ComputePorts, commitStep } from './commit-step.ts';
import { isOver, type Suspect, type Trial } from './trial.ts';
import { deliveriesOf, type Group, type SuspectGroup, turnsOf } from './turns.ts';

/** Returns the ids of the messages that must come back. */
export async function computeBatch(
  messages: readonly IncomingMessage[],
  remainingMs: number,
  ports: ComputePorts,
): Promise<string[]> {
  const stopAt = ports.clock.now() + remainingMs - TIMEOUT_MARGIN_MS;
  const groups = [...Map.groupBy(messages, (message) => message.group).values()];
  const fresh = groups.filter((group) => deliveriesOf(group) === 1);
  const seen = groups.filter((group) => deliveriesOf(group) > 1);
  const failed: string[][] = [];
  const suspects = await Promise.all(
    seen.map(async (group): Promise<SuspectGroup[]> => {
      try {
        return [{ group, trial: await persist(() => loadTrial(group, ports), stopAt, ports) }];
      } catch (error) {
        observeFailure(error, group, undefined, group.length, ports);
        failed.push(group.map(({ messageId }) => messageId));
        return [];
      }
    }),
  );
  const tryApart = async ({ group, trial }: SuspectGroup, until: number) => {
    failed.push(await computeGroup(group, stopAt, { until, trial }, ports));
  };
  // A group that was delivered before may have ended its earlier invocation, so it is folded alone, in its own process.
  const { patient, unknown, deadly, slow } = turnsOf(suspects.flat());
  for (const each of patient) await tryApart(each, stopAt);
  // Each group first gets only its share of the time, so that an endless compute does not starve the others.
  let shares = unknown.length + Math.min(deadly.length + fresh.length, 1);
  for (const each of unknown) {
    const now = ports.clock.now();
    await tryApart(each, now + (stopAt - now) / shares);
    shares -= 1;
  }
  for (const each of deadly) await tryApart(each, stopAt);
  // New groups come after these: any of them may end this invocation, and the groups above are committed by then.
  failed.push(...(await Promise.all(fresh.map((group) => computeGroup(group, stopAt, undefined, ports)))));
  // A group that did not finish in its share gets all the remaining time. With only a share, two endless computes would
  // never run long enough to be found at fault.
  for (const each of slow) await tryApart(each, stopAt);
  const comeBack = failed.flat();
  // All commits are made and the answer is final, so the shadow cannot change either.
  await ports.shadow?.compare(stopAt);
  return comeBack;
}

/** Undefined if no message of the group can be decoded: then none is computed. */
async function loadTrial(group: Group, { pipeline, trials }: ComputePorts): Promise<Trial | undefined> {
  const decoded = group.map((message) => decode(message, pipeline));
  const [first] = decoded.flatMap((entry) => ('problem' in entry ? [] : [entry.message.key]));
  return first === undefined ? undefined : trials.load(first);
}

const STEP_TRIES_MAX = 6;
const FIRST_RETRY_MS = 200;

/**
 * Retries a step while there is time. If the messages went back to the queue instead, one failed call would stop the key
 * until their visibility timeout ends. A retry is safe: the item shows whether the failed step was made after all.
 */
async function persist<Result>(
  step: () => Promise<Result>,
  stopAt: number,
  ports: ComputePorts,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      const delayMs = FIRST_RETRY_MS * 2 ** (attempt - 1) * (0.5 + ports.random());
      if (isHopeless(error) || attempt === STEP_TRIES_MAX || ports.clock.now() + delayMs >= stopAt)
        throw error;
      await ports.clock.sleep(delayMs);
    }
  }
}

function isHopeless(error: unknown): boolean {
  return [NewerFormatError, PermanentError, GiveBackError].some((kind) => error instanceof kind);
}

type Decoded = FromQueue | { readonly problem: unknown };

/** `suspect` is set for a group that was delivered before. */
async function computeGroup(
  messages: readonly IncomingMessage[],
  stopAt: number,
  suspect: Suspect | undefined,
  ports: ComputePorts,
): Promise<string[]> {
  const decoded = messages.map((message) => decode(message, ports.pipeline));
  let done = 0;
  let runnable = false; // Whether parked messages of the key may be taken up now.
  let key = '';
  try {
    while (done < messages.length || runnable) {
      const arrivals = leadingArrivals(decoded.slice(done));
      if (arrivals.length === 0 && !runnable) {
        await buryJunk(messages[done], decoded[done], ports);
        done += 1;
        continue;
      }
      key = arrivals[0]?.message.key ?? key;
      const step = await persist(() => commitStep(key, arrivals, stopAt, suspect, ports), stopAt, ports);
      done += step.taken;
      runnable = step.runnable;
    }
    const receipts = leadingArrivals(decoded).map(({ receipt }) => receipt);
    if (suspect?.trial !== undefined && isOver(suspect.trial, receipts))
      await persist(() => ports.trials.clear(key), stopAt, ports);
  } catch (error) {
    observeFailure(error, messages, key, messages.length - done, ports);
  }
  // Nothing in the queue delivers parked messages. While some can be taken up, one message goes back to the queue for them.
  return messages
    .slice(runnable ? Math.min(done, messages.length - 1) : done)
    .map((message) => message.messageId);
}

function observeFailure(
  error: unknown,
  [message]: Group,
  key: string | undefined,
  messages: number,
  { observe }: ComputePorts,
): void {
  const group = message?.group ?? '';
  const reason = reasonOf(error);
  observe({ kind: 'failure', stage: 'compute', group, messages, reason, ...(key && { key }) });
}

function decode(incoming: IncomingMessage, pipeline: Pipeline): Decoded {
  try {
    const message = decodeMessage(incoming.body);
    // The message group makes a key compute one batch at a time, so a message in another group is refused.
    if (groupOf(message.key) !== incoming.group)
      throw new PermanentError('a message whose group is not its key');
    refuseUnmergeable(message, pipeline);
    return fromQueue(incoming, message);
  } catch (problem) {
    return { problem };
  }
}

function leadingArrivals(decoded: readonly Decoded[]): FromQueue[] {
  const end = decoded.findIndex((entry) => 'problem' in entry);
  return decoded
    .slice(0, end === -1 ? undefined : end)
    .flatMap((entry) => ('problem' in entry ? [] : [entry]));
}

/** Sets aside a message that Weir did not write. A newer build's message goes back to the queue and waits for that build. */
async function buryJunk(
  message: IncomingMessage | undefined,
  decoded: Decoded | undefined,
  { store }: ComputePorts,
): Promise<void> {
  if (message === undefined || decoded === undefined || !('problem' in decoded)) return;
  const { problem } = decoded;
  if (problem instanceof NewerFormatError || !(problem instanceof PermanentError)) throw problem;
  const { group: key, messageId: id, group, receiveCount: attempts, sentAt } = message;
  const { body, cut } = headOf(message.body);
  await store.bury({
    key,
    id,
    body,
    group,
    reason: reasonOf(problem) + cut,
    stage: 'decode',
    attempts,
    sentAt,
  });
}

/** SQS accepts a body that is too large for an item. Kept whole, it would fail for ever and block its group. */
function headOf(body: string): { body: string; cut: string } {
  const bytes = Buffer.from(body);
  if (bytes.length <= MESSAGE_BYTES_MAX) return { body, cut: '' };
  const head = bytes.subarray(0, MESSAGE_BYTES_MAX).toString();
  return { body: head, cut: `; of its ${bytes.length} bytes the first ${MESSAGE_BYTES_MAX} are kept` };
}

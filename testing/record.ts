/**
 * Reads the requests once, before anything is simulated. A read waits for the real world, and a simulation
 * must not: the result of each read is kept as text and delivered on the virtual clock, after the delays and
 * failures that a seed draws.
 */
import { systemClock } from '../functions/aws/clock.ts';
import { withDeadline } from '../functions/deadline.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { PermanentError, reasonOf } from '../functions/errors.ts';
import { listOf } from '../functions/given.ts';
import { encodeJson } from '../functions/json.ts';
import { packReadings } from '../functions/pack.ts';
import { NO_SECRETS, type Pipeline } from '../functions/pipeline.ts';
import { parseRequest } from '../functions/requests.ts';
import { NO_SUBMIT } from '../functions/submits.ts';
import { createRandom } from '../model/random.ts';
import { checkRequests, requestsOf } from '../model/request-file.ts';
import { type CheckedOptions, refuse } from './options.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { takeTurns } from './turns.ts';

interface Submitted {
  readonly id: string | undefined;
  readonly body: string;
}

const READS_AT_ONCE = 16;
const READINGS_MAX = 20_000;

/** Only generated requests depend on the seed. */
export async function recordRequests(
  pipeline: Pipeline,
  options: CheckedOptions,
  seed: number,
): Promise<RecordedRequest[]> {
  const submitted = await requestsFor(pipeline, options, seed);
  const recorded: RecordedRequest[] = [];
  for (let start = 0; start < submitted.length; start += READS_AT_ONCE) {
    const lot = submitted.slice(start, start + READS_AT_ONCE);
    recorded.push(
      ...(await Promise.all(lot.map((one, index) => readOnce(pipeline, options, one, start + index + 1)))),
    );
  }
  const readings = recorded.reduce((sum, request) => sum + request.readings.length, 0);
  if (readings === 0) refuse('none of the requests gave a reading, so there is nothing to test');
  if (readings > READINGS_MAX) {
    refuse(`the requests gave ${readings} readings, but the most is ${READINGS_MAX}: give fewer requests`);
  }
  return takeTurns(withoutRepeats(recorded));
}

/** Two requests with one id are one request. Either may be read first, so only the first is kept. */
function withoutRepeats(recorded: readonly RecordedRequest[]): RecordedRequest[] {
  const ids = new Set<string>();
  return recorded.filter(({ id, foundId }) => {
    const known = id ?? foundId;
    if (known === undefined) return true;
    const isNew = !ids.has(known);
    ids.add(known);
    return isNew;
  });
}

async function requestsFor(
  { numbers }: Pipeline,
  { requests, count }: CheckedOptions,
  seed: number,
): Promise<Submitted[]> {
  if (typeof requests === 'string') {
    const submitted: Submitted[] = [];
    const file = await checkRequests(requests, numbers).catch((error: unknown) =>
      refuse(error instanceof Error ? error.message : String(error), error),
    );
    for await (const { id, message } of requestsOf(file)) submitted.push({ id, body: message.body });
    if (submitted.length === 0) refuse(`${requests} contains no requests: give at least one`);
    return submitted;
  }
  const random = createRandom(seed);
  const bodies =
    typeof requests === 'function' ? Array.from({ length: count }, () => requests(random)) : requests;
  return bodies.map((body, index) => ({ id: undefined, body: bodyOf(body, index + 1) }));
}

function bodyOf(body: unknown, n: number): string {
  try {
    return encodeJson(body, `request ${n}`);
  } catch (error) {
    return refuse(reasonOf(error), error);
  }
}

async function readOnce(
  pipeline: Pipeline,
  options: CheckedOptions,
  { id, body }: Submitted,
  n: number,
): Promise<RecordedRequest> {
  const request = await parseRequest(pipeline, body).catch((error: unknown) =>
    refuse(`request ${n}: ${reasonOf(error)}`, error),
  );
  const { order, limits } = pipeline;
  const turn =
    order.by === 'arrival'
      ? undefined
      : { key: order.requestKey(request), sequence: order.sequence(request) };
  const keyOf = order.by === 'arrival' ? askedTwice(order.key) : () => turn?.key ?? '';
  const foundId = pipeline.requestId?.(request);
  const ownId = id ?? foundId ?? `request-${n}`;
  const read = async (signal: AbortSignal) => {
    const context = { signal, id: ownId, attempt: 1, secrets: NO_SECRETS, submit: NO_SUBMIT };
    return listOf(
      await (options.read === undefined ? pipeline.read(request, context) : options.read(request, context)),
    );
  };
  try {
    const given = await withDeadline(systemClock, limits.readTimeoutMs, 'read', read);
    const packed = [...packReadings({ id: ownId, since: 0 }, given, keyOf)];
    const readings = packed.flatMap(([key, messages]) =>
      messages
        .flatMap((message) => decodeMessage(message.body).readings)
        .map((reading, index) => ({ key, n, place: index + 1, text: encodeJson(reading, 'a reading') })),
    );
    return { n, id, foundId, turn, readings, refused: undefined };
  } catch (error) {
    // A thrown PermanentError is intended; readings that Weir itself would refuse end the same way.
    if (error instanceof PermanentError && options.poison === 'allowed')
      return { n, id, foundId, turn, readings: [], refused: reasonOf(error) };
    const wayOut =
      error instanceof PermanentError
        ? "If this is intended, say { poison: 'allowed' }."
        : 'Give the kit a read that works here: { read: (request) => readings }.';
    return refuse(`the read of request ${n} failed: ${reasonOf(error)}. ${wayOut}`, error);
  }
}

function askedTwice(key: (reading: unknown) => string): (reading: unknown) => string {
  return (reading) => {
    const [first, second] = [key(reading), key(reading)];
    if (first === second) return first;
    throw new Error(
      `key returned ${JSON.stringify(first)}, then ${JSON.stringify(second)} for the same reading; it must be pure`,
    );
  };
}

/** The source that a subject's pipeline reads, and the sink to which it delivers. Both can fail. */
import type { Delivery } from '../../functions/pipeline.ts';
import type { Environment } from '../world/simulated-environment.ts';
import type { SampleWorld } from './sample-world.ts';

const SLOW_READ_MS_MAX = 60_000;
const SINK_MS_MAX = 500;

/** Takes as long as a source may take, and fails like one. */
export async function reachSource(
  signal: AbortSignal,
  own: Environment,
  { chance, faults, readMsMax }: SampleWorld,
): Promise<void> {
  if (faults.strikes('hangingRead')) await hang(signal);
  const slow = faults.strikes('slowRead');
  await own.clock.sleep(chance.spread(1, slow ? SLOW_READ_MS_MAX : readMsMax), signal);
  signal.throwIfAborted();
  if (faults.isOut('source') || faults.strikes('failedRead')) throw new Error('the source does not answer');
}

/** Ignores its signal, but counts as failed when it is aborted. */
function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/** A sink that fails, and that may accept outputs without confirming them. */
export async function deliverToSink(
  outputs: readonly Delivery<unknown>[],
  own: Environment,
  { chance, faults, oracle }: SampleWorld,
): Promise<void> {
  await own.clock.sleep(chance.spread(1, SINK_MS_MAX));
  if (faults.isOut('sink')) throw new Error('the sink does not answer');
  const fails = faults.strikes('sinkFailure');
  if (fails && chance.happens(0.5)) throw new Error('the sink refuses');
  oracle.delivered(fails ? outputs.slice(0, chance.whole(1, outputs.length)) : outputs);
  if (fails) throw new Error('the sink took it and did not say so');
}

/**
 * Fits the model to the speed of this machine, from one number: the processor time of the local run. A virtual machine can be a
 * quarter slower an hour later. The model alone still decides when each thing happens.
 */
import { localProfile, onMachine, type Profile } from '../profile.ts';
import { runModel } from './run-model.ts';
import { CHECK, type CheckRequest } from './work.ts';

/** Share of the processor time in the functions' threads. The rest is garbage collection, compilation and logging. */
const IN_THREADS = 0.92;
const ROUNDS = 6;

export async function fitToMachine(
  requests: readonly CheckRequest[],
  cores: number,
  ownSeconds: number,
): Promise<Profile> {
  const base = { ...localProfile, cores };
  const computeMs = requests.length * CHECK.computeMs;
  const wantedMs = Math.max(1, ownSeconds * 1000 * IN_THREADS - computeMs);
  let slower = 1;
  // On a slower machine, batches are larger and so fewer, so one step is not enough.
  for (let round = 1; round <= ROUNDS; round += 1) {
    const profile = onMachine(base, slower);
    const { outcome } = await runModel(requests, profile);
    const engineMs = outcome.counts.commits * profile.engineMs;
    slower *= Math.sqrt(wantedMs / (outcome.processorMs - engineMs - computeMs));
  }
  return onMachine(base, slower);
}

/**
 * How fast this machine is, from one number: the processor time that the local run took. The same machine can be a
 * quarter slower an hour later when it is a virtual one; when what happens is still the model's to say.
 */
import { localProfile, onMachine, type Profile } from '../profile.ts';
import { runModel } from './run-model.ts';
import { CHECK, type CheckRequest } from './work.ts';

/** The rest is done beside the functions' threads: collecting garbage, compiling, taking down what happened. */
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
  // What costs more is done less often, because more is done in one go; so one step does not get there.
  for (let round = 1; round <= ROUNDS; round += 1) {
    const profile = onMachine(base, slower);
    const { outcome } = await runModel(requests, profile);
    const engineMs = outcome.counts.commits * profile.engineMs;
    slower *= Math.sqrt(wantedMs / (outcome.processorMs - engineMs - computeMs));
  }
  return onMachine(base, slower);
}

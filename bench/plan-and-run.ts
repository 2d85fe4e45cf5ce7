/**
 * The plan's bill beside that of a local run, line by line:
 *
 *   node bench/plan-and-run.ts [READINGS [KEYS [SKEW [PER_SECOND]]]]
 *
 * One reading in each request, and the requests wait from the start. The readers are the slowest part, so only few messages
 * wait for their keys, however busy the machine is. Both have the same settings, and the plan has the processor time of the
 * run. The plan for AWS comes from the same formulas, with the times of AWS.
 */
import { pathToFileURL } from 'node:url';
import { readPrices } from '../local/bill/prices.ts';
import { constant } from '../plan/distribution.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { awsProfile, localProfile, onMachine, type Profile } from '../plan/profile.ts';
import { readWorkload } from '../plan/read-workload.ts';
import { LINES, type Lines, linesOfPlan } from './bill-lines.ts';
import { readMsFor, runManyKeys, SHAPE } from './run-many-keys.ts';

/**
 * The profile of the local run has the processor times of reads that end one by one. In full batches the parts are others:
 * a quarter of the processor time is the services', a quarter the readers', half the computes' (docs/benchmarks.md, W3). The
 * two times of the table were fitted once, so that a compute takes as long as in runs of 30,000 readings.
 */
const FULL_BATCHES: Profile = {
  ...localProfile,
  load: constant(2.2),
  put: constant(3),
  callMs: 0.12,
  engineMs: 0.05,
  cpu: { requestMs: 0.2, sendMs: 0.5, messageMs: 0.1, commitMs: 0.4 },
};
const FIT_ROUNDS = 5;
const FIT_REQUESTS = 20_000;
const PER_SECOND = 1_000;
const HUNDRED_MILLIONS = 100;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

async function main(): Promise<void> {
  const [readings = 100_000, keys = 1_000_000, skew = 0, perSecond = PER_SECOND] = process.argv
    .slice(2)
    .map(Number);
  const run = await runManyKeys({ readings, keys, skew, perSecond });
  const planned = (profile: Profile, requests: number, arrivals = 'backlog') =>
    planOf(
      {
        keys,
        skew,
        arrivals,
        readMs: readMsFor(perSecond),
        requestsPerSecond: arrivals === 'backlog' ? perSecond / 2 : PER_SECOND,
      },
      profile,
      requests,
    );
  const slower = await fit(run.cpuMsPerReading, (profile) => planned(profile, FIT_REQUESTS));
  const local = await planned(onMachine(FULL_BATCHES, slower), readings);
  console.log(
    `${readings} readings of ${keys} keys, skew ${skew}: ${Math.round(run.seconds)} s, ${run.cpuMsPerReading.toFixed(2)} ms of processor time each; other programs used ${run.othersCores.toFixed(2)} of ${run.cores} processors`,
  );
  print(linesOfPlan(local), run.lines);
  const onAws = async (arrivals: string) =>
    (await planned(awsProfile, FIT_REQUESTS * 2, arrivals)).forecast?.bill.usdPerMillionReadings ?? 0;
  const [full, steady] = [await onAws('backlog'), await onAws('random')];
  console.log(
    `The plan with the times of AWS, for a million readings: ${full.toFixed(3)} USD from a backlog, ${steady.toFixed(3)} at ${PER_SECOND} a second`,
  );
  console.log(
    `and for a hundred million: ${(full * HUNDRED_MILLIONS).toFixed(0)} and ${(steady * HUNDRED_MILLIONS).toFixed(0)} USD`,
  );
}

function planOf(
  fields: { keys: number; skew: number; arrivals: string; readMs: number; requestsPerSecond: number },
  profile: Profile,
  requests: number,
): Promise<Plan> {
  const { readers, computes, computeMs, stateBytes, messageBytes } = SHAPE;
  const workload = readWorkload(
    {
      ...fields,
      computeMs,
      stateBytes,
      requestBytes: messageBytes,
      readingBytes: messageBytes,
      ...(fields.arrivals === 'backlog' && { readersMax: readers, computesMax: computes }),
    },
    { folder: '.' },
  );
  return makePlan(workload, { profile, prices: readPrices(), region: 'us-east-1', seed: 1, requests });
}

/** The factor by which the profile's processor times are multiplied, so that the plan has the processor time of the run. */
async function fit(cpuMs: number, planned: (profile: Profile) => Promise<Plan>): Promise<number> {
  let slower = 1;
  for (let round = 1; round <= FIT_ROUNDS; round += 1) {
    const { forecast } = await planned(onMachine(FULL_BATCHES, slower));
    if (forecast === undefined) throw new Error('the plan has no forecast');
    slower *= cpuMs / (forecast.outcome.processorMs / forecast.outcome.requests);
  }
  return slower;
}

function print(plan: Lines, run: Lines): void {
  console.log(
    `  ${'for a million readings'.padEnd(30)}${['plan, USD', 'run, USD', 'difference'].map((title) => title.padStart(12)).join('')}`,
  );
  const row = (name: string, a: number, b: number) =>
    console.log(
      `  ${name.padEnd(30)}${a.toFixed(4).padStart(12)}${b.toFixed(4).padStart(12)}${`${((b / a - 1) * 100).toFixed(1)} %`.padStart(12)}`,
    );
  for (const name of LINES) row(name, plan[name], run[name]);
  const total = (lines: Lines) => LINES.reduce((sum, name) => sum + lines[name], 0);
  row('total', total(plan), total(run));
}

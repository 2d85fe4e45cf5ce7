import { describe, expect, test } from 'vitest';
import { createGate } from '../../../../functions/reader/gate/gate.ts';
import type { SourceLimits } from '../../../../functions/source.ts';
import { createVirtualClock } from '../../../../model/virtual-clock.ts';
import { createEnvironment, type Environment } from '../../../../simulate/world/simulated-environment.ts';
import { createRandom } from '../../../builders.ts';
import { createMemorySources } from '../../../memory-sources.ts';

const START = 1_000_000;

/** Environments that read one source for some seconds. `stall` lets time pass in one while it does nothing. */
async function readFor(
  ms: number,
  source: SourceLimits,
  stall: (environment: Environment, at: number) => void,
  swapMs = () => 5,
) {
  const clock = createVirtualClock(START);
  const store = createMemorySources();
  const random = createRandom();
  const begun: number[] = [];
  let over = false;
  const environments = ['e0', 'e1'].map((name) => createEnvironment(name, 1, clock, () => undefined));
  for (const environment of environments) {
    const { name, enter } = environment;
    const swap: typeof store.swap = (...call) =>
      enter(store.swap(...call).then(async (answer) => clock.sleep(swapMs()).then(() => answer)));
    const gate = createGate({
      ...{ name, store: { ...store, swap }, clock: environment.clock, random, source },
      ...{ observe: () => undefined, limits: { readersMax: 10 } },
    });
    const readOn = async (): Promise<void> => {
      while (!over) {
        await gate.enter('s', 1_000).then(
          (pass) => {
            begun.push(environment.clock.now() - START);
            pass.end('done');
          },
          () => environment.clock.sleep(50),
        );
      }
    };
    for (let reader = 0; reader < 30; reader += 1) void readOn();
  }
  for (let at = 0; at < ms; at += 10) {
    for (const environment of environments) stall(environment, at);
    await clock.advance(10);
  }
  over = true;
  return begun.toSorted((a, b) => a - b);
}

/** The most that begin within one second, wherever it begins. */
const mostInASecond = (times: readonly number[]) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));

/** For a fifth of a second twice a second, at other times in each environment. */
const often = ({ name, spend }: Environment, at: number): void => {
  if (at % 500 === (name === 'e0' ? 100 : 330)) spend(200);
};

describe('timers that fire late and together', () => {
  test('let no more reads begin in any second than the rate and its burst', async () => {
    const times = await readFor(10_000, { rate: 20 }, often);
    expect(mostInASecond(times)).toBeLessThanOrEqual(21);
    // Four tenths of the time an environment could not begin a read.
    expect(times.length).toBeGreaterThanOrEqual(10 * 20 * 0.6);
  });

  test('cost no read whose burst allows that it begins later', async () => {
    const times = await readFor(10_000, { rate: 20, burst: 5 }, often);
    expect(mostInASecond(times)).toBeLessThanOrEqual(25);
    expect(times.length).toBeGreaterThanOrEqual(10 * 20 * 0.97);
  });

  test('cost a rate nothing if they are late by less than the time between two reads', async () => {
    const times = await readFor(10_000, { rate: 20 }, ({ spend }, at) => {
      if (at % 250 === 0) spend(40);
    });
    expect(mostInASecond(times)).toBeLessThanOrEqual(21);
    expect(times.length).toBeGreaterThanOrEqual(10 * 20 * 0.97);
  });
});

test('an answer of the table that comes late lets no more reads begin in any second than the rate and its burst', async () => {
  let asked = 0;
  const everyThirdLate = () => {
    asked += 1;
    return asked % 3 === 0 ? 700 : 5;
  };
  const times = await readFor(10_000, { rate: 20 }, () => undefined, everyThirdLate);
  expect(mostInASecond(times)).toBeLessThanOrEqual(21);
  expect(times.length).toBeGreaterThanOrEqual(10 * 20 * 0.5);
});

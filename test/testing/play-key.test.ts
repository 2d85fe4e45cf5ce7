import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { playKey } from 'weir-pipelines/testing';
import { definePipeline, type PipelineDefinition } from '../../functions/pipeline.ts';
import silence from '../docs/recipes/silence.ts';
import statements from '../docs/recipes/statements.ts';
import windows from '../docs/recipes/windows.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);

interface Alarm {
  readonly rings: number;
}
const Order = v.picklist(['set', 'off', 'sooner', 'bad']);
type Order = v.InferOutput<typeof Order>;
type Definition = PipelineDefinition<Order, Order, Alarm, string>;

/** `set` asks for a wake in an hour, `sooner` for the same in half an hour, `off` cancels it. */
const alarm = (
  wake: NonNullable<Definition['wake']> = ring,
  parts: Partial<Pick<Definition, 'state'>> = {},
) =>
  definePipeline<Order, Order, Alarm, string>({
    name: 'alarm',
    request: Order,
    read: (order) => [order],
    key: () => 'bed',
    initial: () => ({ rings: 0 }),
    compute: (state, order, context) => {
      if (order === 'set') context.wake(context.sentAt + HOUR_MS, 'ring');
      if (order === 'sooner') context.wake(context.sentAt + HOUR_MS / 2, 'ring');
      if (order === 'off') context.cancelWake('ring');
      if (order === 'bad') throw new Error('no such order');
      return state;
    },
    wake,
    ...parts,
  });

const ring: NonNullable<Definition['wake']> = ({ rings }, tag, { at, sentAt, emit }) => {
  emit(`${tag} at ${(at - START) / HOUR_MS}, heard at ${(sentAt - START) / HOUR_MS}`);
  return { rings: rings + 1 };
};

describe('the test kit plays the life of a key', () => {
  test('and sends each wake at its time, twice, for one effect', () => {
    const life = playKey(silence, 'm');
    life.read({ meter: 'm', kwh: 1 });
    life.pass('30 minutes');
    life.read({ meter: 'm', kwh: 2 });
    life.pass('59 minutes');
    expect(life.state).toEqual({ kwh: 3, silent: false });
    expect([...life.wakes]).toEqual([['silence', START + 1.5 * HOUR_MS]]);
    life.pass('1 minute');
    expect(life.state).toEqual({ kwh: 3, silent: true });
    life.pass('2 days');
    const alert = { alert: 'no reading for an hour', meter: 'm', since: START + HOUR_MS / 2 };
    expect([life.outputs, life.wakes.size]).toEqual([[alert], 0]);
    expect(life.now).toBe(START + 49.5 * HOUR_MS);
  });

  test('and sends the wakes that were cancelled, replaced or forgotten, too, for no effect', () => {
    const life = playKey(alarm(), 'bed');
    life.read('set');
    life.read('off');
    life.pass('2 hours');
    expect([life.state, life.outputs]).toEqual([{ rings: 0 }, []]);
    life.read('set', 'sooner');
    life.pass('2 hours');
    expect(life.outputs).toEqual(['ring at 2.5, heard at 2.5']);
    life.read('set');
    life.forget();
    expect(life.state).toBeUndefined();
    life.pass('2 hours');
    expect([life.state, life.outputs.length]).toEqual([undefined, 1]);
    life.read('off');
    expect(life.state).toEqual({ rings: 0 });
  });

  test('and has wakes come late, behind the readings that came meanwhile', () => {
    const life = playKey(alarm(), 'bed', { wakesLateBy: '30 minutes' });
    life.read('set');
    life.pass('1 hour');
    expect(life.outputs).toEqual([]);
    life.pass('1 hour');
    expect(life.outputs).toEqual(['ring at 1, heard at 1.5']);
    const open = playKey(windows, 'p', { wakesLateBy: '20 minutes' });
    open.read({ page: 'p', at: START });
    open.pass('10 minutes');
    open.read({ page: 'p', at: START });
    expect(open.state).toMatchObject({ late: 1 });
  });

  test('and starts from a state that an older build has left', () => {
    const next = alarm(ring, {
      state: { version: 2, migrate: { 1: (rings) => ({ rings: Number(rings) }) } },
    });
    const life = playKey(next, 'bed', { from: { state: 7, stateVersion: 1 } });
    expect(life.state).toEqual({ rings: 7 });
    life.read('set');
    life.pass('1 hour');
    expect(life.state).toEqual({ rings: 8 });
    life.reset({ rings: 1 });
    expect(life.state).toEqual({ rings: 1 });
  });

  test('in request order, with the readings in the order of the test', () => {
    const life = playKey(statements, 'account');
    life.read(500, -30);
    expect(life.state).toEqual({ entries: 2, cents: 470 });
  });

  test('and refuses a wake that is not pure, with what it asked for', () => {
    const life = playKey(
      alarm(() => ({ rings: Date.now() })),
      'bed',
    );
    life.read('set');
    expect(() => life.pass('1 hour')).toThrow(/gave different results:[\s\S]*it used Date\.now\(\)/);
    let calls = 0;
    const kept = playKey(
      alarm(() => {
        calls += 1;
        return { rings: calls };
      }),
      'bed',
    );
    kept.read('set');
    expect(() => kept.pass('1 hour')).toThrow('gave different results');
  });

  test('and fails when the pipeline throws, unless the test expects it', () => {
    const broken = alarm(() => {
      throw new Error('the bell is broken');
    });
    const life = playKey(broken, 'bed');
    life.read('set');
    expect(() => life.pass('1 hour')).toThrow('the bell is broken (key "bed"). If this is intended, say');
    const meant = playKey(broken, 'bed', { poison: 'allowed' });
    meant.read('set', 'bad');
    meant.pass('1 hour');
    expect([meant.setAside, meant.state]).toEqual([['no such order', 'the bell is broken'], { rings: 0 }]);
  });

  test('and refuses steps that test nothing: a reading of another key, an invalid time, a state of a later version', () => {
    const life = playKey(silence, 'm');
    expect(() => life.read({ meter: 'n', kwh: 1 })).toThrow(
      'a reading has key "n", but this test plays key "m"',
    );
    expect(() => life.pass('soon' as '1 hour')).toThrow(
      `the time that passes is "soon": give '90 minutes', '1 hour' or '2 days'`,
    );
    expect(() => playKey(silence, 'm', { from: { state: 1, stateVersion: 2 } })).toThrow(
      'from.stateVersion is 2: give a whole number from 1 to 1',
    );
  });
});

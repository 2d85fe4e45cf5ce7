import { resolve } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { describeStack } from '../../local/announce.ts';
import { type Run, startRun } from '../../local/run.ts';
import { brakeOf, pause, resume } from '../../operate/brake.ts';
import { connectLocal } from '../../operate/connect.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { drain } from '../../operate/drain.ts';
import { loadKey } from '../../operate/keys.ts';
import { RefusedCall, type SignedRequest, type SignedService } from '../../operate/signed-call.ts';
import { lookAt } from '../../operate/status.ts';
import { startQueues } from './queues.ts';

async function startLedger(): Promise<{ run: Run; deployment: Deployment }> {
  const run = await startRun({ pipeline: { file: resolve(import.meta.dirname, '../fixtures/ledger.ts') } });
  onTestFinished(() => run.stop());
  const { addresses, access } = describeStack(run.stack);
  const deployment = connectLocal(addresses, access);
  onTestFinished(() => deployment.close());
  return { run, deployment };
}

const request = (amount: number) => ({ body: JSON.stringify({ entries: [{ account: 'a', amount }] }) });
const options = { reason: undefined, until: undefined, now: Date.now() };
const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 900_000, interval: 20 });

describe('a local run', () => {
  test('whose reads are paused reads nothing, says why, and reads all that waited when they are resumed', async () => {
    const { run, deployment } = await startLedger();
    await pause(deployment, 'reads', { ...options, reason: 'the source; it is away' });
    await run.submit([request(1), request(2)]);
    expect(await lookAt(deployment)).toMatchObject({
      requests: { visible: 2, inFlight: 0, retentionMs: 14 * 86_400_000 },
      brake: [
        { part: 'reads', state: 'paused', note: { reason: 'the source; it is away' } },
        { part: 'computes', state: 'running', note: {} },
        { part: 'writes', state: 'running', note: {} },
      ],
      unknown: [],
    });
    expect(run.observations).toEqual([]);
    expect(await resume(deployment, 'reads')).toEqual({ part: 'reads', state: 'running', problems: [] });
    await run.stack.atRest();
    expect(await loadKey(deployment, 'a')).toMatchObject({ state: { balance: 3 }, receipts: 2 });
    expect(await brakeOf(deployment)).toContainEqual({ part: 'reads', state: 'running', note: {} });
  });

  test('whose computes are paused goes on reading, and its readings wait in their queue', async () => {
    const { run, deployment } = await startLedger();
    await pause(deployment, 'computes', options);
    await run.submit([request(1)]);
    await until(() => run.stack.counts('ReadingsQueue').visible === 1);
    expect(await run.items()).toEqual([]);
    await resume(deployment, 'computes');
    await run.stack.atRest();
    expect(await loadKey(deployment, 'a')).toMatchObject({ state: { balance: 1 } });
  });

  test('resumes by itself at the end of a pause that has one', async () => {
    const { run, deployment } = await startLedger();
    await pause(deployment, 'writes', { ...options, now: Date.now(), until: Date.now() + 1_500 });
    await pause(deployment, 'reads', { ...options, now: Date.now(), until: Date.now() + 3_600_000 });
    // A later word counts: this one has another end.
    await pause(deployment, 'reads', { ...options, now: Date.now(), until: Date.now() + 1_500 });
    await run.submit([request(1)]);
    await run.stack.atRest();
    expect(await loadKey(deployment, 'a')).toMatchObject({ state: { balance: 1 } });
    expect((await brakeOf(deployment)).map(({ state }) => state)).toEqual(['running', 'running', 'running']);
  });

  test('that is drained reads no request, and is at rest when all readings are computed', async () => {
    const { run, deployment } = await startLedger();
    await run.submit([request(1)]);
    await run.stack.atRest();
    await pause(deployment, 'computes', options);
    await run.submit([request(2)]);
    await until(() => run.stack.counts('ReadingsQueue').visible === 1);
    await pause(deployment, 'reads', options);
    await run.submit([request(4)]);
    const signal = new AbortController().signal;
    expect(await drain(deployment, { waitMs: 500, signal })).toMatchObject({ atRest: false });
    await resume(deployment, 'computes');
    const drained = await drain(deployment, { waitMs: 900_000, signal });
    expect(drained).toMatchObject({ atRest: true, requests: { visible: 1 }, readings: { visible: 0 } });
    expect(await loadKey(deployment, 'a')).toMatchObject({ state: { balance: 3 } });
  });
});

/** A deployed stack of which some calls are refused. */
async function deployed(refuse: (service: SignedService, request: SignedRequest) => RefusedCall | undefined) {
  const calls: string[] = [];
  const { deployment } = await startQueues();
  const call: Deployment['call'] = async (service, sent) => {
    const { method = 'POST', path, body = '' } = sent;
    calls.push(`${service} ${method} ${path} ${body}`);
    const refused = refuse(service, sent);
    if (refused !== undefined) throw refused;
    const State = body.includes('false') ? 'Disabled' : 'Enabled';
    return {
      from: 'a test',
      headers: new Headers(),
      text: JSON.stringify({ EventSourceMappingArn: 'arn:m-1', State, Tags: {} }),
    };
  };
  return {
    calls,
    deployment: { ...deployment, call, mappings: { reader: 'm-1', writer: 'm-3' }, brakeRole: 'arn:brake' },
  };
}

describe('a pause', () => {
  test.each([
    ['writes', {}, /outputs wait in the stream .* 24 hours .* --for 19h/],
    ['writes', { until: options.now + 20 * 3_600_000 }, /a pause of writes lasts 19 hours at the most/],
    ['reads', { until: options.now + 14 * 86_400_000 }, /a pause of reads lasts 13 days at the most/],
    ['reads', { until: options.now - 1 }, /the end of the pause is over already/],
    ['reads', { reason: 'x'.repeat(300) }, /the reason takes 300 characters/],
    [
      'computes',
      {},
      /do not name the event source mapping of its computes: it was deployed by an older build/,
    ],
  ] as const)('of %s with %j is refused before anything is changed', async (part, given, sentence) => {
    const { calls, deployment } = await deployed(() => undefined);
    await expect(pause(deployment, part, { ...options, ...given })).rejects.toThrow(sentence);
    expect(calls).toEqual([]);
  });

  test('of reads stops both lanes, and a pause of the backfill only its own', async () => {
    const { calls, deployment } = await deployed(() => undefined);
    const withLane = { ...deployment, backfillMapping: 'm-lane' };
    const switched = () =>
      calls.splice(0).flatMap((call) => /PUT .*event-source-mappings\/(\S+)/.exec(call)?.[1] ?? []);
    await pause(withLane, 'reads', options);
    expect(switched()).toEqual(['m-1', 'm-lane']);
    await resume(withLane, 'backfill');
    expect(switched()).toEqual(['m-lane']);
    await expect(pause(deployment, 'backfill', options)).rejects.toThrow(
      /^ledger-test has no backfill lane: add backfill: \{\} to the pipeline's file and deploy it again/,
    );
    expect(calls).toEqual([]);
  });

  test('with an end that cannot be scheduled is refused', async () => {
    const { calls, deployment } = await deployed((service) =>
      service === 'scheduler' ? new RefusedCall(service, 403, 'not authorized') : undefined,
    );
    const asked = { ...options, until: options.now + 60_000 };
    await expect(pause(deployment, 'reads', asked)).rejects.toThrow('scheduler answered 403: not authorized');
    expect(calls.filter((each) => each.startsWith('lambda'))).toEqual([]);
    await expect(pause({ ...deployment, brakeRole: undefined }, 'reads', asked)).rejects.toThrow(
      /deployed before it had a role that ends a pause/,
    );
  });

  test('whose reason cannot be stored still takes effect, and says so', async () => {
    const { calls, deployment } = await deployed((service, { path }) =>
      path.includes('/tags/') ? new RefusedCall(service, 403, 'no lambda:TagResource') : undefined,
    );
    const { state, problems } = await pause(deployment, 'reads', { ...options, reason: 'why' });
    expect(state).toBe('paused');
    expect(problems).toEqual([expect.stringMatching(/the reason could not be kept.*no lambda:TagResource/)]);
    expect(calls).toContain('lambda PUT /2015-03-31/event-source-mappings/m-1 {"Enabled":false}');
  });

  test('waits for a mapping that is being changed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let busy = 2;
    const { deployment } = await deployed((service, { method }) => {
      if (method !== 'PUT' || service !== 'lambda') return undefined;
      busy -= 1;
      return busy >= 0 ? new RefusedCall(service, 400, 'ResourceInUseException') : undefined;
    });
    const paused = pause(deployment, 'reads', options);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await paused).toMatchObject({ state: 'paused' });
  });

  test('is ended once, by a schedule that switches that mapping on and is gone', async () => {
    const { calls, deployment } = await deployed((service, { method }) =>
      service === 'scheduler' && method === 'PUT' ? new RefusedCall(service, 404, 'none') : undefined,
    );
    const now = Date.parse('2026-11-28T10:00:00Z');
    await pause(deployment, 'writes', { reason: undefined, now, until: now + 3_600_000 });
    const made = calls.find((each) => each.startsWith('scheduler POST /schedules/weir-m-3 '));
    expect(JSON.parse(made?.split(' ').slice(3).join(' ') ?? '')).toMatchObject({
      ScheduleExpression: 'at(2026-11-28T11:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      ActionAfterCompletion: 'DELETE',
      Target: { RoleArn: 'arn:brake', Input: '{"Uuid":"m-3","Enabled":true}' },
    });
  });
});

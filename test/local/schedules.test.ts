import { resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseSchedule } from '../../infra/schedule.ts';
import { summarize } from '../../local/report/run-record.ts';
import { startRun } from '../../local/run.ts';
import { startSchedules } from '../../local/schedules.ts';
import type { SchedulePlan } from '../../local/template/stack-spec.ts';
import { createManualClock } from '../clocks.ts';
import { allow, arnOf, queue, run, tinyTemplate } from './tiny-stack.ts';

const NOON = Date.parse('2026-11-28T12:00:00Z');

function play(...plans: readonly Omit<SchedulePlan, 'id'>[]) {
  const clock = createManualClock(NOON);
  const said: string[] = [];
  const stop = startSchedules(
    plans.map((plan) => ({ id: 'Every', ...plan })),
    {
      clock,
      send: async (name, { body, attributes }) => void said.push(`${name} ${body} ${attributes?.['id']}`),
      switchMapping: (id, enabled) => void said.push(`${id} ${enabled}`),
      onError: (error) => void said.push(String(error)),
    },
  );
  onTestFinished(stop);
  return { clock, said, stop };
}

const message = {
  body: '{"at":"<aws.scheduler.scheduled-time>"}',
  attributes: { id: 'x/<aws.scheduler.scheduled-time>' },
};
const send = { kind: 'send', queue: 'Requests', message } as const;
const at = (text: string) => parseSchedule(text, 'UTC', NOON);

describe('on the clock of the run', () => {
  test('a rate begins at once and goes on, each time with its own id', async () => {
    const { clock, said } = play({ schedule: at('5 minutes'), action: send });
    await clock.advance(11 * 60_000);
    expect(said).toEqual([
      'Requests {"at":"2026-11-28T12:00:00Z"} x/2026-11-28T12:00:00Z',
      'Requests {"at":"2026-11-28T12:05:00Z"} x/2026-11-28T12:05:00Z',
      'Requests {"at":"2026-11-28T12:10:00Z"} x/2026-11-28T12:10:00Z',
    ]);
  });

  test('a cron comes when it comes, days away too, and a pause begins and ends', async () => {
    const { clock, said } = play(
      {
        schedule: at('cron(0 22 * * ? *)'),
        action: { kind: 'switch', mapping: 'ReaderMapping', enabled: false },
      },
      {
        schedule: at('cron(0 6 * * ? *)'),
        action: { kind: 'switch', mapping: 'ReaderMapping', enabled: true },
      },
      { schedule: at('cron(0 12 30 * ? *)'), action: send },
    );
    for (let hour = 0; hour < 49; hour += 1) await clock.advance(3_600_000);
    expect(said).toEqual([
      'ReaderMapping false',
      'ReaderMapping true',
      'ReaderMapping false',
      'ReaderMapping true',
      'Requests {"at":"2026-11-30T12:00:00Z"} x/2026-11-30T12:00:00Z',
    ]);
  });

  test('nothing comes after the run has ended', async () => {
    const { clock, said, stop } = play({ schedule: at('1 minute'), action: send });
    await stop();
    await clock.advance(600_000);
    expect(said.length).toBeLessThanOrEqual(1);
  });
});

test('a local run of a pipeline with a schedule reads the request that it makes, as its template says, and accounts for it', async () => {
  const body = { entries: [{ account: 'clock', amount: 7 }] };
  const file = resolve(import.meta.dirname, '../fixtures/ledger.ts');
  const started = await startRun({ pipeline: { file, feed: { every: { schedule: '1 day', body } } } });
  onTestFinished(() => started.stop());
  while ((await started.items()).length === 0) await new Promise((tick) => setTimeout(tick, 20));
  await started.stack.atRest();
  expect(await started.items()).toMatchObject([{ key: 'clock', version: 1 }]);
  const [{ request } = { request: '' }] = started.observations
    .filter(({ kind }) => kind === 'read')
    .map((each) => ({
      request: each.kind === 'read' ? each.request : '',
    }));
  expect(request).toMatch(/^every\/rate\(1 day\)\/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(summarize(await started.record())).toMatchObject({ complete: true, requests: 1, made: 1 });
});

test('a schedule whose role may not do what it does is refused before the run: on AWS it would fail each time', async () => {
  const schedule = (statements: object[]) =>
    tinyTemplate(
      { Worker: { code: 'export const handler = async () => {};' } },
      {
        Inbox: queue(),
        ClockRole: {
          Type: 'AWS::IAM::Role',
          Properties: { Policies: [{ PolicyName: 'uses', PolicyDocument: { Statement: statements } }] },
        },
        Every: {
          Type: 'AWS::Scheduler::Schedule',
          Properties: {
            ScheduleExpression: 'rate(1 day)',
            FlexibleTimeWindow: { Mode: 'OFF' },
            Target: {
              Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
              RoleArn: arnOf('ClockRole'),
              Input: { 'Fn::Join': ['', ['{"QueueUrl":"', { Ref: 'Inbox' }, '","MessageBody":"{}"}']] },
            },
          },
        },
      },
    );
  await expect(run(schedule([]))).rejects.toThrow(/Every: its role may not do sqs:SendMessage on .*:Inbox$/);
  const { stack } = await run(schedule([allow('sqs:SendMessage', arnOf('Inbox'))]));
  while (stack.counts('Inbox').visible === 0) await new Promise((tick) => setTimeout(tick, 20));
});

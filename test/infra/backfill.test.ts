import { describe, expect, test } from 'vitest';
import { capabilitiesByResource, propertiesOf, resourcesOf, tallyTemplate } from './tally-template.ts';

const backfill = { readersMax: 4, share: 0.3 };
const without = tallyTemplate();
const template = tallyTemplate({ backfill });
const night = { part: 'reads', from: 'cron(0 22 * * ? *)', to: 'cron(0 6 * * ? *)' } as const;

describe('a backfill lane', () => {
  test('adds a queue, a mapping and an alarm, and leaves every other id as it was', () => {
    const added = Object.keys(template.Resources).filter((id) => !(id in without.Resources));
    expect(added.sort()).toEqual([
      'BackfillAgeAlarm',
      'BackfillMapping',
      'BackfillQueue',
      'BackfillQueuePolicy',
    ]);
    expect(Object.keys(without.Resources).filter((id) => !(id in template.Resources))).toEqual([]);
    const outputs = Object.keys(template.Outputs).filter((name) => !(name in without.Outputs));
    expect(outputs.sort()).toEqual(['BackfillMappingId', 'BackfillQueueUrl']);
  });

  test('leaves a pipeline without it unchanged: the template has no name of it', () => {
    expect(JSON.stringify(without)).not.toMatch(/backfill/i);
  });

  test('has the settings and the dead-letter queue of the requests queue', () => {
    expect(propertiesOf(template, 'BackfillQueue')).toEqual(propertiesOf(template, 'RequestsQueue'));
  });

  test('invokes the same reader, with a maximum concurrency of its own', () => {
    expect(propertiesOf(template, 'BackfillMapping')).toEqual({
      ...propertiesOf(template, 'ReaderMapping'),
      EventSourceArn: { 'Fn::GetAtt': ['BackfillQueue', 'Arn'] },
      ScalingConfig: { MaximumConcurrency: 4 },
    });
  });

  test('has as many readers as the settings of its stack say, instead of its file', () => {
    const settings = { backfill: { maxConcurrency: 9 }, reader: { maxConcurrency: 30 } };
    const set = tallyTemplate({ backfill, namesSources: true, settings });
    expect(propertiesOf(set, 'BackfillMapping')).toMatchObject({ ScalingConfig: { MaximumConcurrency: 9 } });
    expect(propertiesOf(set, 'Reader')).toMatchObject({
      Environment: { Variables: { WEIR_READERS_MAX: '30', WEIR_BACKFILL_READERS_MAX: '9' } },
    });
    const own = propertiesOf(tallyTemplate({ backfill, namesSources: true }), 'Reader');
    expect(JSON.stringify(own)).not.toContain('READERS_MAX');
  });

  test.each([
    [{ backfill }, { maxConcurrency: 1 }, 'backfill.maxConcurrency is 1: use a whole number from 2 to 1000'],
    [{ backfill }, { maxConcurrency: 1001 }, 'backfill.maxConcurrency is 1001: use a whole number from 2'],
    [{ backfill }, { maxConcurrency: Number.NaN }, 'backfill.maxConcurrency is NaN: use a whole number'],
    [{}, { maxConcurrency: 9 }, 'pipeline tally has no backfill lane: add backfill: {} to its file'],
  ])('is refused at synth with settings that cannot work: %j, %j', (lane, set, sentence) => {
    expect(() => tallyTemplate({ ...lane, settings: { backfill: set } })).toThrow(sentence);
  });

  test('raises an alarm long before SQS deletes what waits', () => {
    expect(propertiesOf(template, 'BackfillAgeAlarm')).toMatchObject({ Threshold: 7 * 86_400 });
    const settings = { alarms: { backfillAgeHoursMax: 400 } };
    expect(() => tallyTemplate({ backfill, settings })).toThrow(
      'alarms.backfillAgeHoursMax is 400: use a whole number from 1 to 336',
    );
  });

  test('is paused with all reads, or alone', () => {
    const pauses = [night, { ...night, part: 'backfill' }] as const;
    const schedules = resourcesOf(tallyTemplate({ backfill, pauses }), 'AWS::Scheduler::Schedule');
    const switched = Object.entries(schedules).map(([id, { Properties }]) => [
      id,
      /"(\w+Mapping)"/.exec(JSON.stringify(Properties['Target']))?.[1],
    ]);
    expect(Object.fromEntries(switched)).toEqual({
      Pause0Begins: 'ReaderMapping',
      Pause0Ends: 'ReaderMapping',
      Pause0BeginsBackfill: 'BackfillMapping',
      Pause0EndsBackfill: 'BackfillMapping',
      Pause1Begins: 'BackfillMapping',
      Pause1Ends: 'BackfillMapping',
    });
    expect(capabilitiesByResource(template, 'BrakeRole')).toHaveProperty([
      'BackfillMapping.EventSourceMappingArn',
    ]);
    expect(() => tallyTemplate({ pauses: [{ ...night, part: 'backfill' }] })).toThrow(
      'pauses[0] pauses the backfill, but the pipeline has no backfill lane: add backfill: {} to its file, or pause reads',
    );
  });

  test('is stopped by a budget as well', () => {
    const metered = tallyTemplate({ backfill, budget: { usdPerHour: 2 } });
    expect(capabilitiesByResource(metered, 'BudgetStopRole')).toEqual({
      'BackfillMapping.EventSourceMappingArn': ['lambda:TagResource', 'lambda:UpdateEventSourceMapping'],
      'ReaderMapping.EventSourceMappingArn': ['lambda:TagResource', 'lambda:UpdateEventSourceMapping'],
    });
    const text = JSON.stringify(propertiesOf(metered, 'BudgetStop')['DefinitionString']);
    const [, ...after] = text.split('\\"Next\\":\\"');
    expect(after.map((rest) => rest.split('\\"')[0])).toEqual(['Note', 'PauseBackfill', 'NoteBackfill']);
  });

  test('passes the validation of CloudFormation and the rules of cdk-nag', { timeout: 1_200_000 }, () => {
    const pauses = [{ ...night, part: 'backfill' }] as const;
    const asked = { backfill, namesSources: true, pauses, budget: { usdPerHour: 2 } };
    expect(() => tallyTemplate({ ...asked, validate: true })).not.toThrow();
  });
});

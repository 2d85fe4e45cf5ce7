import { describe, expect, test } from 'vitest';
import { capabilitiesByResource, propertiesOf, resourcesOf, tallyTemplate } from './tally-template.ts';

const filtersOf = (template: ReturnType<typeof tallyTemplate>): unknown[] => {
  const { FilterCriteria } = propertiesOf(template, 'WriterMapping') as {
    readonly FilterCriteria: { readonly Filters: readonly { readonly Pattern: string }[] };
  };
  return FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern));
};

describe('a pipeline with wake', () => {
  test('lets its writer make and remove schedules of its own group, with one role that may send to the readings queue', () => {
    const template = tallyTemplate({ wakes: true, validate: true });
    const plain = capabilitiesByResource(tallyTemplate(), 'Writer');
    const { ...granted } = capabilitiesByResource(template, 'Writer');
    for (const [resource, actions] of Object.entries(plain)) {
      expect(granted[resource]).toEqual(actions);
      delete granted[resource];
    }
    expect(Object.values(granted)).toEqual(
      expect.arrayContaining([['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'], ['iam:PassRole']]),
    );
    expect(Object.keys(granted)).toHaveLength(2);
    expect(granted['WakeRole.Arn']).toEqual(['iam:PassRole']);
    expect(Object.keys(granted).find((each) => each.includes('scheduler'))).toMatch(/schedule\/Wakes\/\*$/);
    expect(capabilitiesByResource(template, 'WakeRole')).toEqual({
      'ReadingsQueue.Arn': ['sqs:SendMessage'],
    });
    expect(propertiesOf(template, 'WakeRole')['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    });
    expect(propertiesOf(template, 'Writer')['Environment']).toMatchObject({
      Variables: {
        WEIR_WAKE_GROUP: { Ref: 'Wakes' },
        WEIR_WAKE_ROLE_ARN: { 'Fn::GetAtt': ['WakeRole', 'Arn'] },
        WEIR_READINGS_QUEUE_URL: { Ref: 'ReadingsQueue' },
      },
    });
  });

  test('passes commits that ask for wakes to its writer, also those without outputs', () => {
    const asks = { dynamodb: { NewImage: { sk: { S: ['state'] }, waking: { S: [{ exists: true }] } } } };
    expect(filtersOf(tallyTemplate({ wakes: true }))).toContainEqual(asks);
    expect(filtersOf(tallyTemplate())).not.toContainEqual(asks);
  });

  test('adds only a group and a role, and keeps all other names', () => {
    const [without, having] = [tallyTemplate(), tallyTemplate({ wakes: true })];
    const added = Object.keys(having.Resources).filter((id) => !(id in without.Resources));
    expect(added.sort()).toEqual(['WakeRole', 'Wakes']);
    expect(Object.keys(without.Resources).filter((id) => !(id in having.Resources))).toEqual([]);
    expect(Object.keys(resourcesOf(having, 'AWS::Scheduler::ScheduleGroup'))).toEqual(['Wakes']);
  });
});

import { expect, test } from 'vitest';
import { PARTITIONS_OF_READERS } from '../../functions/item-names.ts';
import { capabilitiesOf } from '../../infra/capabilities.ts';
import { tallyTemplate } from './tally-template.ts';

const ofReader = (namesSources: boolean) =>
  capabilitiesOf(tallyTemplate({ namesSources }))
    .filter((one) => one.function === 'Reader' && one.action.startsWith('dynamodb:'))
    .map(({ action, resource }) => `${action} ${resource}`);

test('a reader may use the items of sources and attempts, and no state of a key', () => {
  const items = `StateTable.Arn, items of ${PARTITIONS_OF_READERS.join(', ')}`;
  expect(PARTITIONS_OF_READERS).toEqual(['~weir/sources/*', '~weir/request/*']);
  expect(ofReader(true)).toEqual([`dynamodb:GetItem ${items}`, `dynamodb:PutItem ${items}`]);
  expect(ofReader(false)).toEqual([]);
});

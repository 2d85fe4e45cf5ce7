/**
 * I7 outputs at the sink: each is as in the reference, and first deliveries are in the order of their key.
 */
import type { Delivery } from '../../functions/pipeline.ts';
import { type Ledger, name } from './ledger.ts';

export function judgeOutputs({ factsOf, trace, count, broken }: Ledger) {
  return (outputs: readonly Delivery<unknown>[]): void => {
    for (const { id, key, version, output } of outputs) {
      const facts = factsOf(key);
      const text = JSON.stringify(output);
      trace.add(`sink got ${name(id)} ${text}`);
      if (facts.outputs.get(id) !== text) {
        broken(
          'I7 outputs',
          `output ${id} is ${text}, the reference has ${facts.outputs.get(id)}`,
          name(key),
        );
      }
      count('outputDelivered');
      if (facts.delivered.has(id)) {
        count('outputRepeated');
        continue;
      }
      const index = Number(id.slice(id.lastIndexOf('/') + 1));
      const { lastDelivered: last } = facts;
      if (version < last.version || (version === last.version && index < last.index)) {
        broken('I7 outputs', `output ${id} came for the first time after a later one`, name(key));
      }
      facts.lastDelivered = { version, index };
      facts.delivered.set(id, text);
    }
  };
}

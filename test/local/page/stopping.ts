/**
 * A pipeline that fails on request: a request sets how long its read takes, whether the read or the
 * computation fails, and its source, which may refuse the first attempt. Compute throws on 'poison' until the
 * file named by FIXED_FILE exists, which stands for a deployed fix.
 */
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { BusyError, PermanentError } from '../../../functions/errors.ts';
import { definePipeline } from '../../../functions/pipeline.ts';

const refused = new Set<string>();

export default definePipeline({
  name: 'stopping',
  request: v.object({
    key: v.string(),
    add: v.union([v.number(), v.literal('poison'), v.literal('dead')]),
    delayMs: v.optional(v.number(), 0),
    from: v.optional(v.string(), 'parts.example'),
    busyMs: v.optional(v.number(), 0),
  }),
  source: { of: ({ from }) => from },
  async read({ key, add, delayMs, from, busyMs }, { signal }) {
    if (busyMs > 0 && !refused.has(from)) {
      refused.add(from);
      throw new BusyError({ retryAfterMs: busyMs });
    }
    await setTimeout(delayMs, undefined, { signal });
    if (add === 'dead') throw new PermanentError('the source answered 404: there is no such part');
    return [{ key, add }];
  },
  key: ({ key }) => key,
  initial: () => ({ sum: 0, readings: 0 }),
  compute(state, { add }) {
    if (add === 'poison' && !existsSync(process.env['FIXED_FILE'] ?? ''))
      throw new TypeError('add is not a number');
    return { sum: state.sum + (add === 'poison' ? 1000 : add), readings: state.readings + 1 };
  },
  poison: 'stop',
});

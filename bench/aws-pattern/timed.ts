/** The body of a message in either queue. */
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';

const Timed = v.object({
  id: v.optional(v.string(), ''),
  key: v.string(),
  readMs: v.optional(v.number(), 0),
  busyMs: v.number(),
  blockMs: v.number(),
  values: v.array(v.number()),
});

export function timed(body: string): v.InferOutput<typeof Timed> {
  return v.parse(Timed, parseJson(body, 'a message'));
}

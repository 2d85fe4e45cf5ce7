/**
 * A sample: lines that somebody follows, in a folder, on a socket, on a WebSocket (pipelines/follow). A function of Lambda cannot stay at
 * a source that never ends, so a small program does, and each request holds the lines themselves.
 */
import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

export default definePipeline({
  name: 'lines',
  request: v.strictObject({ source: v.string(), lines: v.array(v.string()) }),
  read: ({ source, lines }) => lines.map((line) => ({ source, line })),
  key: ({ source }) => source,
  initial: () => ({ lines: 0, last: '' }),
  compute: (state, { line }) => ({ lines: state.lines + 1, last: line }),
});

/**
 * A sample: lines of an endless source, such as a folder, a socket or a WebSocket (pipelines/follow). A
 * Lambda function cannot stay connected to such a source, so a small program does, and each request contains
 * the lines themselves.
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

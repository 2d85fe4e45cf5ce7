/**
 * The lines of a log, or of the part of it that a request names, as readings: one after the other, so that a long log is
 * taken from its source as there is room for it.
 */
import { PermanentError } from '../../functions/errors.ts';
import { READINGS_PER_REQUEST_MAX } from '../../functions/limits.ts';
import { openLines } from '../sources.ts';
import { type Click, type MalformedLine, parseLine } from './access-log.ts';

interface LogRequest {
  readonly url: string;
  readonly firstLine: number;
  readonly lines?: readonly [first: number, last: number] | undefined;
}

export async function* readLog(
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Click | MalformedLine> {
  const [first, last] = request.lines ?? [1, Number.POSITIVE_INFINITY];
  let current = request.firstLine - 1;
  let readings = 0;
  for await (const line of openLines(request.url, { signal })) {
    current += 1;
    if (current >= first) {
      readings += 1;
      if (readings > READINGS_PER_REQUEST_MAX) {
        throw new PermanentError(
          `the log has more than ${READINGS_PER_REQUEST_MAX} lines; split it by "lines": [first, last]`,
        );
      }
      yield parseLine(line, current);
    }
    if (current >= last) break;
  }
}

/**
 * The sample: clicks per site section, from web servers' access logs.
 *
 * A request names a log, or a part of one, by URL, and each of its lines is a reading. If a log has more
 * lines than a request may have readings, some readings are sums of lines. The key is the first segment of
 * the request path, so "/blog" and "/images" are counted concurrently, and each of them one line at a time.
 * Requests that the site answered with an error have a key of their own. Every thousandth click of a key is
 * an output. A malformed line is skipped but not lost: it is counted, and its number is kept.
 */
import { hash } from 'node:crypto';
import * as v from 'valibot';
import { type ComputeContext, definePipeline } from 'weir-pipelines';
import type { MalformedLine } from './clicks/access-log.ts';

const lineNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const requestSchema = v.strictObject({
  /** `https://…` or `s3://bucket/key`; plain or gzip. sources/rules.ts decides which URLs are allowed. */
  url: v.pipe(v.string(), v.minLength(1), v.maxLength(2_048)),
  /** The number that the first line of the URL has in its log, if the URL contains only a part of it. */
  firstLine: v.optional(lineNumber, 1),
  /** First and last line to read, counted like `firstLine`. */
  lines: v.optional(
    v.pipe(
      v.tuple([lineNumber, lineNumber]),
      v.check(([first, last]) => first <= last, 'the first line comes after the last'),
    ),
  ),
  /**
   * Identifies one creation of an object among others of the same name; set if an event announced the object.
   */
  sequencer: v.optional(v.string(), ''),
});

type LogRequest = v.InferOutput<typeof requestSchema>;

const CLICKS_PER_OUTPUT = 1_000;

export interface ClicksState {
  readonly clicks: number;
  readonly bytes: number;
  /** Clicks by browser family. */
  readonly browsers: Readonly<Record<string, number>>;
}

interface ClicksOutput {
  readonly key: string;
  readonly clicks: number;
}

export default definePipeline({
  name: 'clicks',
  request: requestSchema,
  requestId: idOfEvent,
  // Modules that only read or only write needs are imported there, so that the other functions start without
  // them.
  read: async (request, { signal }) => {
    const { readLog } = await import('./clicks/read-log.ts');
    return readLog(request, signal);
  },
  key: (reading) => reading.path,
  initial: (): ClicksState => ({ clicks: 0, bytes: 0, browsers: {} }),
  compute: (state, reading, { key, emit, skip }: ComputeContext<ClicksOutput>) => {
    if ('malformed' in reading) {
      skip(describeMalformed(reading));
      return state;
    }
    const { bytes, browser, clicks: added = 1 } = reading;
    const clicks = state.clicks + added;
    const passed = Math.floor(clicks / CLICKS_PER_OUTPUT);
    for (let each = Math.floor(state.clicks / CLICKS_PER_OUTPUT) + 1; each <= passed; each += 1) {
      emit({ key, clicks: each * CLICKS_PER_OUTPUT });
    }
    const browsers = { ...state.browsers, [browser]: (state.browsers[browser] ?? 0) + added };
    return { clicks, bytes: state.bytes + bytes, browsers };
  },
  write: async (outputs, context) => {
    const { resultsQueue, sendResults } = await import('./clicks/results.ts');
    await sendResults(outputs, resultsQueue(), context);
  },
});

function describeMalformed({ malformed, upTo }: MalformedLine): string {
  return upTo === undefined
    ? `malformed line ${malformed}`
    : `${upTo[1]} malformed lines from ${malformed} to ${upTo[0]}`;
}

/** A request without a sequencer has no event, so two such requests for one log are not the same request. */
function idOfEvent({ url, lines, sequencer }: LogRequest): string | undefined {
  // A hash, because an object's name may be longer than an id may be.
  return sequencer === '' ? undefined : hash('sha256', JSON.stringify([url, lines, sequencer]));
}

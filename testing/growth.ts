/** Whether a state grows with every reading, and how many readings of one key then fit. */
import { STATE_BYTES_MAX } from '../functions/limits.ts';
import type { PlainFold } from './plain-fold.ts';
import { type Finding, show } from './report.ts';

/** With fewer readings, lasting growth cannot be told from the first few readings of a key. */
const READINGS_MIN = 20;
/** A counter gains a digit now and then; a state that keeps something of every reading gains more. */
const BYTES_PER_READING_MIN = 2;
/** The growth of a state that fills a fixed set of names slows down. */
const STEADY_SHARE = 0.6;

export function findGrowth(folds: readonly PlainFold[]): Finding[] {
  const largest = folds
    .flatMap((fold) => growthOf(fold) ?? [])
    .sort((a, b) => b.perReading - a.perReading)[0];
  if (largest === undefined) return [];
  const { key, bytes, perReading, readings } = largest;
  const room = Math.max(0, Math.floor((STATE_BYTES_MAX - bytes) / perReading));
  return [
    {
      kind: 'state grows',
      text:
        `the state of key ${show(key)} has ${bytes} bytes after ${readings} readings and grows by about ` +
        `${perReading.toFixed(1)} bytes with each; after about ${roundDown(readings + room)} readings it reaches the limit of ` +
        `${STATE_BYTES_MAX} bytes, and every further reading is poison`,
      wayOut:
        'Keep sums, counts or the newest few readings instead of all of them, emit the rest as outputs, or spread the ' +
        'readings over more keys.',
    },
  ];
}

function growthOf({ key, states, failed }: PlainFold) {
  const sizes = states.map((text) => Buffer.byteLength(text));
  const readings = sizes.length - 1;
  const [start = 0, middle = 0, end = 0] = [0, Math.floor(readings / 2), readings].map(
    (place) => sizes[place],
  );
  if (readings - failed.size < READINGS_MIN) return undefined;
  const first = (middle - start) / Math.floor(readings / 2);
  const second = (end - middle) / Math.ceil(readings / 2);
  if (second < BYTES_PER_READING_MIN || second < first * STEADY_SHARE) return undefined;
  return { key, bytes: end, perReading: second, readings };
}

/** Keeps two significant digits, because the value is a projection. */
function roundDown(count: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return (Math.floor(count / unit) * unit).toLocaleString('en');
}

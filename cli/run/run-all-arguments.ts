/** The arguments of each run of `weir run --all`. */
import { UsageError } from '../terminal/options.ts';
import { pageOption } from './asked-run.ts';
import type { RunValues } from './run-options.ts';

export interface RunOfAll {
  readonly stack: string;
  readonly name: string;
  readonly index: number;
  /** By pipeline name. */
  readonly requests: ReadonlyMap<string, string>;
  readonly json: string;
  readonly timeline: string;
}

export function argumentsOf(values: RunValues, run: RunOfAll): string[] {
  const page = pageOption(values);
  const requests = run.requests.get(run.name);
  const options: Record<string, string | undefined> = {
    stack: run.stack,
    pipeline: run.name === '' ? undefined : run.name,
    json: run.json,
    timeline: run.timeline,
    'requests-file': requests,
    numbers: values.numbers,
    'env-file': values['env-file'],
    chaos: values.chaos,
    readers: values.readers,
    prices: values.prices,
    // Each run has its own page; 0 means any port.
    page: page === undefined ? undefined : String(page === 0 ? 0 : page + run.index),
  };
  const { stay, open, patient, verbose } = values;
  const flags = Object.entries({ stay, open, patient, verbose }).filter(([, given]) => given);
  return [
    ...Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}=${value}`],
    ),
    ...values.env.map((each) => `--env=${each}`),
    ...flags.map(([name]) => `--${name}`),
  ];
}

/** `NAME=FILE` for each pipeline; a run that stays up may get its requests later. */
export function requestFiles(
  given: readonly string[],
  names: readonly string[],
  stay: boolean,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const text of given) {
    const [, name = '', file = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
    if (!names.includes(name) || file === '')
      throw new UsageError(
        `--requests-file ${text}: with --all give NAME=FILE, and for NAME one of ${names.join(', ')}`,
      );
    if (files.has(name)) throw new UsageError(`--requests-file is given twice for ${name}`);
    files.set(name, file);
  }
  const without = names.find((name) => !files.has(name));
  if (without === undefined || stay) return files;
  throw new UsageError(
    `${without} has no requests: give --requests-file ${without}=FILE, or --stay if you want to submit requests later`,
  );
}

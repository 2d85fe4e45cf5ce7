/**
 * Takes and checks the fields of an object that a person wrote, one by one. Problems are collected, so that all are reported at
 * once.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defined } from '../functions/defined.ts';
import { isRecord } from '../functions/json.ts';
import { constant, type Distribution, lognormal, sampled } from './distribution.ts';

export class WorkloadError extends Error {
  override readonly name = 'WorkloadError';
}

export const TIME_MAX_MS = 900_000;

export class Fields {
  readonly #values: Map<string, unknown>;
  readonly #what: string;
  readonly #folder: string;
  readonly #problems: string[];
  readonly #known = new Set<string>();

  constructor(value: unknown, what: string, folder: string, problems: string[] = []) {
    if (!isRecord(value))
      throw new WorkloadError(`${what} is ${show(value)}: give an object, as in docs/plan.md`);
    this.#values = new Map(Object.entries(value));
    this.#what = what;
    this.#folder = folder;
    this.#problems = problems;
  }

  has(name: string): boolean {
    return this.#values.get(name) !== undefined;
  }

  take(name: string): unknown {
    this.#known.add(name);
    return this.#values.get(name);
  }

  problem(name: string, value: unknown, wanted: string): void {
    const place = this.#what === 'the workload' ? name : `${this.#what}.${name}`;
    this.#problems.push(
      value === undefined
        ? `${place} is missing: give ${wanted}`
        : `${place} is ${show(value)}: give ${wanted}`,
    );
  }

  number(name: string, otherwise: number | undefined, min: number, max: number): number {
    return this.#bounded(name, otherwise, min, max, 'a number', Number.isFinite);
  }

  whole(name: string, otherwise: number | undefined, min: number, max: number): number {
    return this.#bounded(name, otherwise, min, max, 'a whole number', Number.isSafeInteger);
  }

  wholeOrNone(name: string, min: number, max: number): number | undefined {
    return this.has(name) ? this.whole(name, undefined, min, max) : void this.take(name);
  }

  text(name: string, otherwise: string): string {
    const value = this.take(name) ?? otherwise;
    if (typeof value === 'string' && value !== '') return value;
    this.problem(name, value, 'a text');
    return otherwise;
  }

  word<Word extends string>(name: string, words: readonly Word[], otherwise: Word): Word {
    const value = this.take(name) ?? otherwise;
    const found = words.find((word) => word === value);
    if (found === undefined) this.problem(name, value, `one of: ${words.join(', ')}`);
    return found ?? otherwise;
  }

  group(name: string): Fields {
    const value = this.take(name);
    if (!isRecord(value)) this.problem(name, value, 'an object');
    return new Fields(isRecord(value) ? value : {}, name, this.#folder, this.#problems);
  }

  /** A number, `{median, p99, max?}`, a list of numbers, or `{samples: FILE}` with one number on each line. */
  distribution(name: string): Distribution {
    const value = this.take(name);
    if (typeof value === 'number') return constant(this.number(name, undefined, 0, TIME_MAX_MS));
    if (Array.isArray(value)) return this.#samples(name, value);
    if (isRecord(value) && typeof value['samples'] === 'string')
      return this.#samplesIn(name, value['samples']);
    if (!isRecord(value)) {
      this.problem(name, value, 'milliseconds, {"median": 100, "p99": 1600}, or {"samples": "FILE"}');
      return constant(0);
    }
    const own = this.group(name);
    const median = own.number('median', undefined, 0.001, TIME_MAX_MS);
    const p99 = own.number('p99', undefined, median, TIME_MAX_MS);
    const max = own.has('max') ? own.number('max', undefined, p99, TIME_MAX_MS) : undefined;
    own.leave();
    return p99 > median ? lognormal({ median, p99, ...defined({ max }) }) : constant(median);
  }

  /** Reports fields that were not taken, which are probably misspelt. */
  leave(): void {
    for (const [name, value] of this.#values) {
      if (this.#known.has(name)) continue;
      this.problem(name, value, `one of these names instead: ${[...this.#known].join(', ')}`);
    }
  }

  end(): void {
    this.leave();
    if (this.#problems.length > 0)
      throw new WorkloadError(`the workload cannot be planned:\n  ${this.#problems.join('\n  ')}`);
  }

  #bounded(
    name: string,
    otherwise: number | undefined,
    min: number,
    max: number,
    kind: string,
    isKind: (value: unknown) => boolean,
  ): number {
    const value = this.take(name) ?? otherwise;
    if (typeof value === 'number' && isKind(value) && value >= min && value <= max) return value;
    this.problem(name, value, `${kind} from ${min} to ${max}`);
    return otherwise ?? min;
  }

  #samplesIn(name: string, file: string): Distribution {
    let lines: string[] = [];
    try {
      lines = readFileSync(resolve(this.#folder, file), 'utf8')
        .split(/[\s,]+/)
        .filter((line) => line !== '');
    } catch {
      this.problem(name, file, 'a file of numbers that can be read');
      return constant(0);
    }
    return this.#samples(`${name}.samples`, lines.map(Number));
  }

  #samples(name: string, values: readonly unknown[]): Distribution {
    const isTime = (value: unknown): value is number =>
      typeof value === 'number' && value >= 0 && value <= TIME_MAX_MS;
    const times = values.filter(isTime);
    const wrong = values.findIndex((value) => !isTime(value));
    if (wrong >= 0)
      this.problem(
        name,
        `${show(values[wrong])} (number ${wrong + 1})`,
        `milliseconds from 0 to ${TIME_MAX_MS}`,
      );
    if (values.length === 0 || values.length > SAMPLES_MAX) {
      this.problem(name, `a list of ${values.length}`, `1 to ${SAMPLES_MAX} samples`);
    }
    return sampled(times.length === 0 ? [0] : times);
  }
}

const SAMPLES_MAX = 1_000_000;

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/**
 * The result of a read: readings one after the other, all at once or as they come. It comes from user code, so its type is
 * checked before anything is taken from it, and it is closed when no more readings are needed.
 */
import { PermanentError } from './errors.ts';
import { kindOf } from './kind-of.ts';
import { READINGS_PER_REQUEST_MAX } from './limits.ts';

/** A generator's `return`, which runs its `finally`, is called by `close`. */
export interface Given {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Nothing more is wanted. Waits for nothing and never throws. */
  close(): void;
}

/** Throws a PermanentError where there is nothing to take readings from: another attempt would give the same. */
export function openGiven(given: unknown): Given {
  const iterator = iteratorOf(given);
  if (iterator === undefined) {
    throw new PermanentError(
      `read returned ${kindOf(given)}: it has to return a list of readings, or another iterable or async iterable`,
    );
  }
  return {
    next: () => iterator.next(),
    close() {
      try {
        Promise.resolve(iterator.return?.()).catch(() => undefined);
      } catch {
        // Its readings are not used any more, so how it ends is of no interest.
      }
    },
  };
}

/** All of it in one list, at most as many readings as a request may have. */
export async function listOf(given: unknown): Promise<unknown[]> {
  const source = openGiven(given);
  const list: unknown[] = [];
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    list.push(next.value);
    if (list.length > READINGS_PER_REQUEST_MAX) {
      source.close();
      throw tooManyReadings();
    }
  }
  return list;
}

export function tooManyReadings(): PermanentError {
  return new PermanentError(
    `the read gave more than ${READINGS_PER_REQUEST_MAX} readings; split the request`,
  );
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** A text is an iterable of its characters, which nobody means as readings. */
function iteratorOf(given: unknown): AnyIterator | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  // What is called here belongs to the user's value, whose type says no more than that it is an object.
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = given as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  if (typeof later === 'function') return later.call(given);
  return typeof now === 'function' ? now.call(given) : undefined;
}

/**
 * The result of a read: readings in a list, or one by one as they come. It comes from user code, so its type is checked before
 * a reading is taken, and it is closed when no more readings are needed.
 */
import { PermanentError } from './errors.ts';
import { kindOf } from './kind-of.ts';
import { READINGS_PER_REQUEST_MAX } from './limits.ts';

/** `close` calls a generator's `return`, which runs its `finally`. */
export interface Given {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Call this when no more readings are needed. Does not wait and never throws. */
  close(): void;
}

/** Throws a PermanentError if the value has no readings to take, because another attempt would return the same. */
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
        // Its readings are no longer used, so an error does not matter.
      }
    },
  };
}

/** All readings in one list. Throws if there are more than a request may have. */
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

/** A string is refused although it is iterable: its characters are not readings. */
function iteratorOf(given: unknown): AnyIterator | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  // The value comes from user code, so its type only says that it is an object.
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = given as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  if (typeof later === 'function') return later.call(given);
  return typeof now === 'function' ? now.call(given) : undefined;
}

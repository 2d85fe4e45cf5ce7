/** Small pipelines for the kit's tests: a request contains its own readings, so no source is needed. */
import * as v from 'valibot';
import type { Duration } from '../../functions/duration.ts';
import {
  definePipeline,
  type Gap,
  type Pipeline,
  type PipelineDefinition,
} from '../../functions/pipeline.ts';

const Booking = v.object({ account: v.string(), amount: v.number() });
const Request = v.object({ bookings: v.array(Booking), turn: v.optional(v.number(), 1) });

export type Booking = v.InferOutput<typeof Booking>;
type BookingRequest = v.InferOutput<typeof Request>;

interface Total {
  readonly count: number;
  readonly sum: number;
}

type Parts<State, Output> = Pick<
  PipelineDefinition<BookingRequest, Booking, State, Output>,
  'initial' | 'compute' | 'poison'
>;

/** In order of arrival, by account. */
export function bookings<State, Output = never>(parts: Parts<State, Output>): Pipeline {
  return definePipeline<BookingRequest, Booking, State, Output>({
    name: 'bookings',
    request: Request,
    read: async (request) => request.bookings,
    key: (booking) => booking.account,
    ...parts,
  });
}

interface Order {
  readonly gap?: Gap;
  readonly startsAt?: { readonly firstAfter: Duration };
  readonly follows?: (request: BookingRequest) => number;
}

/** In order of the requests' turns, those of the first booking's account. */
export function bookingsInTurn<State, Output = never>(parts: Parts<State, Output> & Order): Pipeline {
  return definePipeline<BookingRequest, Booking, State, Output>({
    name: 'bookings-in-turn',
    request: Request,
    read: async (request) => request.bookings,
    order: 'request',
    sequence: (request) => request.turn,
    requestKey: (request) => request.bookings[0]?.account ?? 'none',
    ...parts,
  });
}

export const totals = bookings<Total, Total>({
  initial: () => ({ count: 0, sum: 0 }),
  compute: (state, { amount }, { emit }) => {
    const next = { count: state.count + 1, sum: state.sum + amount };
    if (next.count % 3 === 0) emit(next);
    return next;
  },
});

/** Requests of one to three bookings on three accounts, the same each time. */
export function someRequests(count = 30): { bookings: Booking[]; turn: number }[] {
  return Array.from({ length: count }, (_, n) => ({
    turn: n + 1,
    bookings: Array.from({ length: 1 + (n % 3) }, (_, index) => ({
      account: ['a', 'b', 'c'][(n + index) % 3] ?? 'a',
      amount: 1 + ((n * 7 + index * 3) % 10),
    })),
  }));
}

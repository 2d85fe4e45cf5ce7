/**
 * Requests that a write makes. They are sent after the write has succeeded and before its stream record is acknowledged.
 * Their ids derive from the output, so a repeated delivery sends the same requests, and receipts drop the repeats.
 *
 * A request beyond its chain's limits is not refused here, because a failed record holds up the records behind it. It is sent
 * with a note, and the reader sets it aside (refuseOver). A request beyond the limit of its output is refused. If the write
 * catches that error and goes on, the first such request is sent with the same note, or nobody would hear of it.
 */
import { type Chain, newChain, nextHop, parseChain, type SubmitLimits } from '../chain.ts';
import { PermanentError } from '../errors.ts';
import type { Submit } from '../pipeline.ts';
import type { OutgoingMessage } from '../ports.ts';
import type { KeyItem } from '../state.ts';
import { checkOwnId, submittedRequest, tooMany } from '../submits.ts';
import type { TraceContext } from '../trace-context.ts';

export interface OutputSubmits {
  /** The `submit` of the item's output with this index. */
  submitOf(index: number): Submit;
  /** Returns the messages to send. Later submits throw. */
  close(): OutgoingMessage[];
}

export function collectOutputSubmits(
  item: KeyItem,
  outputId: (index: number) => string,
  limits: SubmitLimits,
): OutputSubmits {
  const made = new Map<number, Map<string, unknown>>();
  const over = new Map<number, Made>();
  let closed = false;
  return {
    submitOf: (index) => (request, options) => {
      if (closed)
        throw new PermanentError(
          'submit was called after the write had ended: await everything that calls it',
        );
      const own = checkOwnId(options);
      const ofOutput = made.get(index) ?? new Map<string, unknown>();
      if (ofOutput.has(own)) {
        throw new PermanentError(
          'the write submitted two requests with one id for one output: give each an id of its own, the same on every delivery',
        );
      }
      if (ofOutput.size >= limits.submitsPerRequestMax) {
        over.set(index, over.get(index) ?? [own, request]);
        throw tooMany({ root: outputId(index) }, limits);
      }
      made.set(index, ofOutput.set(own, request));
    },
    close() {
      closed = true;
      return [...made].flatMap(([index, ofOutput]) => {
        const chain = chainOf(item, index) ?? newChain(outputId(index), limits);
        const led = { chain, trace: traceOfOutput(item, index) };
        return messagesOf(item, index, led, [...ofOutput], over.get(index));
      });
    },
  };
}

/** Undefined if the output starts a chain: it comes from an outside request, or from a wake asked for ahead (decision 0040). */
function chainOf({ chains = [] }: KeyItem, index: number): Chain | undefined {
  let end = 0;
  for (const { outputs, chain } of chains) {
    end += outputs;
    if (index < end) return parseChain(chain);
  }
  return undefined;
}

/** The trace of the item's output with this index. */
export function traceOfOutput({ traces = [] }: KeyItem, index: number): TraceContext | undefined {
  let end = 0;
  for (const { outputs, trace } of traces) {
    end += outputs;
    if (index < end) return trace;
  }
  return undefined;
}

type Made = readonly [own: string, request: unknown];

function messagesOf(
  { key, lineage, version, outputs, sentAt }: KeyItem,
  index: number,
  { chain, trace }: { readonly chain: Chain; readonly trace: TraceContext | undefined },
  made: readonly Made[],
  over: Made | undefined,
): OutgoingMessage[] {
  const within = nextHop(chain, made.length);
  // The output's text is part of the id: after an item was restored to an earlier time, a version may have other outputs.
  const by = ['output', key, lineage, String(version), String(index), outputs[index] ?? ''];
  const all = over === undefined ? made : [...made, over];
  return all.map(([own, request], place) => {
    const isOver = place >= Math.min(chain.left, made.length);
    const next = isOver ? { ...within, left: -1 } : within;
    // `since` is the commit's `sentAt`: no request with this id can have been sent before.
    return submittedRequest(by, own, request, { since: sentAt, chain: next, trace });
  });
}

/**
 * Requests that a write makes. They are sent when the write has succeeded, before its record of the stream is acknowledged, and
 * their ids follow from the output: delivered again, it makes the same ones, and receipts drop what came twice.
 *
 * A request beyond the limits is not refused here, because a record that fails holds up all behind it. It is sent with a note, and
 * the reader sets it aside (refuseOver).
 */
import { type Chain, newChain, nextHop, parseChain, type SubmitLimits } from '../chain.ts';
import { PermanentError } from '../errors.ts';
import type { Submit } from '../pipeline.ts';
import type { OutgoingMessage } from '../ports.ts';
import type { KeyItem } from '../state.ts';
import { checkOwnId, submittedRequest, tooMany } from '../submits.ts';

export interface OutputSubmits {
  /** For the output at that place of the item. */
  submitOf(index: number): Submit;
  /** The messages to send; nothing can be submitted after it. */
  close(): OutgoingMessage[];
}

export function collectOutputSubmits(
  item: KeyItem,
  outputId: (index: number) => string,
  limits: SubmitLimits,
): OutputSubmits {
  const made = new Map<number, Map<string, unknown>>();
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
      if (ofOutput.size >= limits.submitsPerRequestMax) throw tooMany({ root: outputId(index) }, limits);
      made.set(index, ofOutput.set(own, request));
    },
    close() {
      closed = true;
      return [...made].flatMap(([index, ofOutput]) => {
        const chain = chainOf(item, index) ?? newChain(outputId(index), limits);
        return messagesOf(item, index, chain, [...ofOutput]);
      });
    },
  };
}

/** An output without one follows from what somebody sent, or from a wake that was asked for well ahead (decision 0040). */
function chainOf({ chains = [] }: KeyItem, index: number): Chain | undefined {
  let end = 0;
  for (const { outputs, chain } of chains) {
    end += outputs;
    if (index < end) return parseChain(chain);
  }
  return undefined;
}

function messagesOf(
  { key, lineage, version, outputs, sentAt }: KeyItem,
  index: number,
  chain: Chain,
  made: readonly (readonly [own: string, request: unknown])[],
): OutgoingMessage[] {
  const within = nextHop(chain, made.length);
  // With its text: where an item was put back to an earlier time, a version can come with other outputs.
  const by = ['output', key, lineage, String(version), String(index), outputs[index] ?? ''];
  return made.map(([own, request], place) => {
    const next = place < chain.left ? within : { ...within, left: -1 };
    // The commit came after all that it holds: no earlier request can have the id.
    return submittedRequest(by, own, request, { since: sentAt, chain: next });
  });
}

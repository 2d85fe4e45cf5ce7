/**
 * Runs a client's code for a call once while the function starts, without a call: the signal is aborted, so the client writes and
 * signs the call and then stops. The first batch would do this work on a small share of a processor; the start has a whole one.
 */
export async function rehearse(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  try {
    await call(AbortSignal.abort());
  } catch {
    // As meant. Whatever else is wrong shows itself in the first batch.
  }
}

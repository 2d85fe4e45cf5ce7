/**
 * Memory that this process uses. Many callers ask, but the system is asked only now and then: each call takes
 * the main thread a tenth of a millisecond.
 */
let askedAt = Number.NEGATIVE_INFINITY;
let bytes = 0;

const ASK_EVERY_MS = 25;

export function residentBytes(): number {
  const now = performance.now();
  if (now - askedAt < ASK_EVERY_MS) return bytes;
  askedAt = now;
  bytes = process.memoryUsage.rss();
  return bytes;
}

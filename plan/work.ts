/** The work of the simulated functions for a workload. */
import { type Limits, TIMEOUT_MARGIN_MS } from '../functions/limits.ts';
import { deriveSettings } from '../infra/settings/settings.ts';
import type { Work } from './model/world.ts';
import { type Profile, slowdownOf } from './profile.ts';
import type { Settings } from './settings.ts';
import { shapeOf, type Workload } from './workload.ts';

const CACHE_ENTRY_BYTES = 4_000;

export function workOf(workload: Workload, settings: Settings, profile: Profile, environments: number): Work {
  const { limits, stateBytes } = workload;
  const { messagesPerRequest, readingsPerMessage, messageBytes, foldMs, computeMs } = shapeOf(workload);
  return {
    read: workload.read,
    write: workload.write,
    computeMs: computeMs / readingsPerMessage,
    foldMs,
    keysPerRequest: workload.keysPerRequest,
    readingsPerMessage,
    messageBytes,
    messagesPerKey: messagesPerRequest / workload.keysPerRequest,
    outputsPerMessage: workload.write === undefined ? 0 : workload.outputsPerReading * readingsPerMessage,
    inRequestOrder: workload.order === 'request',
    lingerMs: limits.lingerMs,
    commitAfterMs: limits.commitAfterMs,
    readTimeoutMs: limits.readTimeoutMs,
    readAttempts: limits.readAttempts,
    readsPerInvocation: settings.readsPerInvocation,
    pullForMs: pullForMs(limits),
    slowdown: slowdownOf(profile, limits.memoryMb),
    cachedKeys: (environments * limits.cacheBytesMax) / (CACHE_ENTRY_BYTES + 2 * stateBytes),
  };
}

/** Time from the start of a reader's invocation during which it pulls: as long as a whole read still fits. */
export function pullForMs(limits: Limits): number {
  return deriveSettings(limits).reader.timeoutSeconds * 1000 - TIMEOUT_MARGIN_MS - limits.readTimeoutMs;
}

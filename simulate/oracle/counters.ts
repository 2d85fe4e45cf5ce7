/**
 * Counts what a set of runs has met: a run without faults proves nothing. Faults are counted where they are
 * injected, branches where their effect is visible outside the code under test.
 */
export const FAULTS = [
  'stall',
  'crashBeforeCall',
  'crashAfterCall',
  'crashWithCallOnTheWire',
  'lostRequest',
  'lostAnswer',
  'refusedCall',
  'zombieCall',
  'transactionConflict',
  'sendEntryRefused',
  'sendEntryUnaccounted',
  'outage',
  'outageOfAll',
  'functionTimeout',
  'throttledInvocation',
  'lostResponse',
  'lateStart',
  'visibilityLapse',
  'lostDelete',
  'coldStart',
  'clockJump',
  'slowRead',
  'hangingRead',
  'failedRead',
  'endingRead',
  'strayRejection',
  'readDependsOnAttempt',
  'requestRepeated',
  'requestRepeatedLate',
  'refusedRequest',
  'inexactNumber',
  'nameTwice',
  'poisonReading',
  'slowCompute',
  'failedInitial',
  'deadlyInitial',
  'killingReading',
  'hoardingReading',
  'loopingReading',
  'blockingReading',
  'junkMessage',
  'numbersFell',
  'itemWithoutPages',
  'pagesNewerThanItem',
  'itemRewound',
  'rewoundBelowItsPages',
  'rewoundWithoutItsPages',
  'rewoundUnderItsWriter',
  'requestsRedriven',
  'operatorInterrupted',
  'readingsRedriven',
  'operatorSaysResume',
  'operatorSaysSkip',
  'wordRepeated',
  'repeatBesideSkip',
  'deploy',
  'rollback',
  'operatorSaysForget',
  'operatorSaysReset',
  'operatorSaysMigrate',
  'streamRepeat',
  'sinkFailure',
  'wakeLate',
  'wakeTwice',
  'wakeNotTakenBack',
  'paused',
  'recordRepeated',
  'recordUnfit',
  'scheduledTwice',
] as const;

export const BRANCHES = [
  'ownWriteConflict',
  'foreignConflict',
  'refold',
  'cacheHit',
  'staleCache',
  'receiptHit',
  'receiptHitInPage',
  'receiptHitAfterWindow',
  'sequenceHit',
  'pageWritten',
  'pageLookUp',
  'requestPulled',
  'submitted',
  'submittedAgain',
  'submittedByWrite',
  'submittedByWriteAgain',
  'chainEnded',
  'readApart',
  'readingProcessEnded',
  'deduplicated',
  'partialSend',
  'partialBatchFailure',
  'tailReturned',
  'partialApplication',
  'partialSent',
  'partialRepeated',
  'chunkedRequest',
  'foldedApart',
  'foldCondemned',
  'foldTookFunctionAlong',
  'condemnedByItsMark',
  'quarantined',
  'quarantinedAgain',
  'redrivenApplied',
  'neighbourDeliveredAgain',
  'parked',
  'drained',
  'drainedInPart',
  'repeatOfParked',
  'gapPassed',
  'gapWaited',
  'gapTimedOut',
  'lateBehindTombstone',
  'stopped',
  'parkedWhileStopped',
  'resumed',
  'resumedInVain',
  'skipped',
  'wordIgnored',
  'requestDeadLettered',
  'nativeDeadLetter',
  'zombieWriteApplied',
  'zombieWriteRefused',
  'newerMessageReturned',
  'newerItemRefused',
  'unknownAttribute',
  'shadowCompared',
  'shadowFound',
  'shadowMissed',
  'shadowEnded',
  'outputDelivered',
  'outputRepeated',
  'drainedByOperator',
  'redrivenByReason',
  'edited',
  'editedAgain',
  'passedOn',
  'passedOnAgain',
  'recordsReturned',
] as const;

export type CounterName = (typeof FAULTS)[number] | (typeof BRANCHES)[number];
export type Counters = Record<CounterName, number>;

export function createCounters(): Counters {
  const pairs = [...FAULTS, ...BRANCHES].map((name) => [name, 0] as const);
  return Object.fromEntries(pairs) as Counters;
}

export function addCounters(total: Counters, more: Counters): void {
  for (const name of [...FAULTS, ...BRANCHES]) total[name] += more[name];
}

/** With fewer seeds, some counters may be 0 by chance. */
const GATED_SEEDS_MIN = 200;

/**
 * Counters that need several deaths of one function in a row, a restore, or a rollback: at least 20 each at
 * 2,000 seeds.
 */
const RARE: readonly CounterName[] = [
  'condemnedByItsMark',
  'itemRewound',
  'rewoundBelowItsPages',
  'rewoundWithoutItsPages',
  'rewoundUnderItsWriter',
  'rollback',
  'wakeLate',
  'wakeTwice',
  'wakeNotTakenBack',
  'submittedByWriteAgain',
  'chainEnded',
  'paused',
  'drainedByOperator',
  'operatorInterrupted',
  'redrivenByReason',
  'edited',
  'editedAgain',
  'gapTimedOut',
  'recordRepeated',
  'recordUnfit',
  'scheduledTwice',
  'passedOn',
  'passedOnAgain',
  'recordsReturned',
  'shadowFound',
  'shadowMissed',
  'shadowEnded',
];

/** The counters below the minimum for this many seeds: 100 each at 2,000 seeds. */
export function countersBelowGate(counters: Counters, seeds: number): string[] {
  if (seeds < GATED_SEEDS_MIN) return [];
  const gateOf = (name: CounterName) => seeds / (RARE.includes(name) ? 100 : 20);
  return [...FAULTS, ...BRANCHES]
    .filter((name) => counters[name] < gateOf(name))
    .map(
      (name) =>
        `${name} occurred ${counters[name]} times in ${seeds} seeds, at least ${gateOf(name)} are asked for`,
    );
}

/** The commit that a draft becomes. */
import { defined } from '../defined.ts';
import { RECEIPTS_PER_PAGE } from '../limits.ts';
import type { KeyItem } from '../state.ts';
import type { Commit } from '../state-store.ts';
import type { Draft, StateText } from './draft.ts';
import { withChanges } from './wake-changes.ts';

/** The commit, or undefined when nothing changed. */
export function finishDraft(
  draft: Draft,
  key: string,
  lineage: string,
  { state, stateVersion }: StateText,
): Commit | undefined {
  if (!draft.changed) return undefined;
  const { base } = draft;
  // All receipts of the base move to a page at once, and none of this commit. So the base alone determines what page n
  // holds: two environments that move receipts at the same time write the same page.
  const rolled = base !== undefined && base.receipts.length >= RECEIPTS_PER_PAGE ? base : undefined;
  const pages = (base?.pages ?? 0) + (rolled === undefined ? 0 : 1);
  const counts = base?.counts ?? { applied: 0, skipped: 0, dead: 0 };
  const next: KeyItem = {
    key,
    lineage: base?.lineage ?? lineage,
    version: (base?.version ?? 0) + 1,
    state,
    stateVersion,
    sequenceNumber: draft.sequenceNumber,
    sentAt: draft.sentAt,
    next: draft.next,
    stopped: draft.stopped,
    partly: draft.partly,
    open: draft.open,
    forgotten: draft.forgotten,
    history: draft.history,
    ...defined({ waiting: draft.waiting }),
    ...withChanges(draft, base, draft.arrived),
    parked: draft.parked,
    parkedFirst: draft.parkedFirst,
    receipts: rolled === undefined ? [...(base?.receipts ?? []), ...draft.receipts] : draft.receipts,
    pages,
    pagesSentAt: rolled?.sentAt ?? (base === undefined ? 0 : base.pagesSentAt),
    counts: {
      applied: counts.applied + draft.applied,
      skipped: counts.skipped + draft.skipped,
      dead: counts.dead + draft.deadReadings,
    },
    lastSkip: draft.lastSkip,
    outputs: draft.outputs,
    ...(draft.chains.some(({ chain }) => chain !== '') ? { chains: draft.chains } : {}),
    ...(draft.traces.some(({ trace }) => trace !== undefined) ? { traces: draft.traces } : {}),
    others: base?.others ?? '',
  };
  const { dead, park, unpark, undead } = draft;
  if (rolled === undefined) return { base, next, dead, park, unpark, undead };
  const page = {
    key,
    lineage: rolled.lineage,
    page: pages,
    sentAt: rolled.sentAt,
    before: rolled.pagesSentAt,
    receipts: rolled.receipts,
  };
  return { base, next, dead, park, unpark, undead, page };
}

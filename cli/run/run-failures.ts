/**
 * Reports failures while a run goes on: the first failure of each reason has a line of its own; further ones
 * are counted by the progress and the report. Without this, a read that always fails would look like a run
 * that hangs: its last attempt is an hour after its first.
 */
import type { Observation } from '../../functions/ports.ts';
import { type Kept, since } from '../../local/report/observation-log.ts';
import { fit } from '../../local/report/printable.ts';
import { formatCountOf } from '../../local/report/units.ts';

/**
 * Reasons shown during the run; the report shows the others. A reason may name its subject and so differ each
 * time.
 */
export const REASONS_MAX = 10;
const NAME_CELLS_MAX = 60;

/** The returned function gives the failures since its last call. */
export function watchFailures(watched: Kept) {
  const told = new Set<string>();
  const reads: Reads = new Map();
  let seen = 0;
  return (): string[] => {
    const notes: string[] = [];
    const tell = ({ what, reason, about, fate = '' }: Failure): void => {
      const name = JSON.stringify([what, reason, fate]);
      if (told.has(name) || told.size > REASONS_MAX) return;
      told.add(name);
      const circumstances = [about, fate].filter((text) => text !== '').join(', ');
      notes.push(told.size > REASONS_MAX ? MORE : `${what}: ${reason} · ${circumstances}`);
    };
    const { observations, next } = since(watched, seen);
    for (const observation of observations) {
      if (observation.kind === 'read') countRead(observation, reads);
      else failuresOf(observation, reads).forEach(tell);
    }
    seen = next;
    return notes;
  };
}

const MORE = `Failures of more than ${REASONS_MAX} kinds: the others are in the report at the end.`;

interface Failure {
  readonly what: string;
  readonly reason: string;
  readonly about: string;
  /** What happens to it next, if that was observed. */
  readonly fate?: string;
}

/** By request, while the request has no successful read. */
type Reads = Map<string, { readonly attempts: number; readonly fate: string }>;

/** A read is observed before the reason of its failure. */
function countRead({ request, outcome }: Extract<Observation, { kind: 'read' }>, reads: Reads): void {
  if (outcome === 'done') {
    reads.delete(request);
    return;
  }
  const attempts = (reads.get(request)?.attempts ?? 0) + 1;
  reads.set(request, { attempts, fate: outcome === 'dead' ? 'set aside' : 'to be tried again' });
}

function failuresOf(observation: Observation, reads: Reads): Failure[] {
  if (observation.kind === 'failure') return [failureOf(observation, reads)];
  if (observation.kind !== 'commit' || observation.committed === undefined) return [];
  const about = `key ${nameOf(observation.key)}`;
  const { setAside, stopped } = observation.committed;
  const [request, ...others] = setAside.requests;
  const from = request === undefined || others.length > 0 ? '' : `, request ${nameOf(request)}`;
  return [
    ...setAside.reasons.map((reason) => ({ what: 'reading set aside', reason, about: about + from })),
    ...(stopped?.before === false ? [{ what: 'key stopped', reason: stopped.reason, about }] : []),
  ];
}

function failureOf(failure: Extract<Observation, { kind: 'failure' }>, reads: Reads): Failure {
  const { stage, reason, group, request, key = group, messages } = failure;
  const what = `${stage} failed`;
  if (stage === 'feed') return { what, reason, about: `record ${nameOf(request ?? group)}` };
  if (stage !== 'read') return { what, reason, about: `key ${nameOf(key)}, ${countOf(stage, messages)}` };
  const name = request ?? group;
  const { attempts, fate } = reads.get(name) ?? {};
  const attempt = attempts === undefined ? '' : `, attempt ${attempts}`;
  return { what, reason, about: `request ${nameOf(name)}${attempt}`, ...(fate !== undefined && { fate }) };
}

/**
 * Messages that compute could not handle go back to its queue; of a failed write only the number of records
 * is known.
 */
function countOf(stage: 'compute' | 'write', count: number): string {
  return stage === 'compute'
    ? `${formatCountOf(count, 'message')} to be tried again`
    : formatCountOf(count, 'commit');
}

function nameOf(text: string): string {
  return fit(text, NAME_CELLS_MAX);
}

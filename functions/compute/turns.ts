/**
 * The order in which the groups of a batch are tried. If a group ends the function, all groups behind it lose a delivery.
 * So groups that have ended the function go behind the others.
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { isGuilty, type Trial } from './trial.ts';

export type Group = readonly IncomingMessage[];

/** A group that was delivered before. */
export interface SuspectGroup {
  readonly group: Group;
  readonly trial: Trial | undefined;
}

export interface Turns {
  /** At most one slow group, with all the time. In a busy batch it would never run long enough to be found at fault. */
  readonly patient: readonly SuspectGroup[];
  /** Groups without a mark, each with its share of the time. */
  readonly unknown: readonly SuspectGroup[];
  /** Groups whose trial ended the function. They go before new groups, which could otherwise keep them from their trial. */
  readonly deadly: readonly SuspectGroup[];
  /** Groups that had too little time. They go last. */
  readonly slow: readonly SuspectGroup[];
}

/**
 * A slow group that goes first may cost the others a delivery. So it goes first only at every fourth delivery, and never
 * if a group without a mark has come back twice: that group has already lost a delivery to a neighbour.
 */
const PATIENT_EVERY_DELIVERIES = 4;
const DELIVERIES_BEFORE_DUE = 2;

export function turnsOf(suspects: readonly SuspectGroup[]): Turns {
  const deadly = suspects.filter(({ trial }) => (trial?.deaths ?? 0) > 0);
  const slow = suspects.filter(({ trial }) => trial?.deaths === 0);
  const unknown = suspects.filter(({ trial }) => trial === undefined).sort(byDeliveries);
  const isOneDue = unknown.some(({ group }) => deliveriesOf(group) > DELIVERIES_BEFORE_DUE);
  const first = isOneDue
    ? undefined
    : slow.find(({ group }) => deliveriesOf(group) % PATIENT_EVERY_DELIVERIES === 0);
  return {
    patient: first === undefined ? [] : [first],
    unknown,
    deadly: deadly.sort(byDanger),
    slow: slow.filter((each) => each !== first).sort(byDeliveries),
  };
}

export function deliveriesOf(group: Group): number {
  return Math.max(...group.map((message) => message.receiveCount));
}

/** Most deliveries first: that group may have come back because of its neighbours. */
function byDeliveries(a: SuspectGroup, b: SuspectGroup): number {
  return deliveriesOf(b.group) - deliveriesOf(a.group) || byName(a, b);
}

/**
 * Groups whose reading at fault is known come first: it is not computed again, so they are no danger. Then come the groups
 * with the fewest deaths.
 */
function byDanger(a: SuspectGroup, b: SuspectGroup): number {
  return dangerOf(a) - dangerOf(b) || byName(a, b);
}

function dangerOf({ trial }: SuspectGroup): number {
  return trial === undefined || isGuilty(trial) ? 0 : trial.deaths;
}

function byName(a: SuspectGroup, b: SuspectGroup): number {
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

function nameOf({ group: [message] }: SuspectGroup): string {
  return message?.group ?? '';
}

/** A forget or a reset in the history of a key, as a row of printPairs. */
import type { HistoryEntry } from '../../functions/state.ts';
import { formatCount } from '../../local/report/units.ts';
import { quote } from '../terminal/print.ts';

export function describeEntry({ word, version, at, reason }: HistoryEntry): [string, string] {
  const when = `${new Date(at).toISOString()}, version ${formatCount(version)}`;
  return [word, reason === '' ? when : `${when}: ${quote(reason)}`];
}

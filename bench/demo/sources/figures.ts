/** The table's values for each way of reading, in the terminal and on the page. */
import { formatCount } from '../../../local/report/units.ts';
import { ALLOWED, type PlayedWay, SECONDS, total } from './play.ts';

export const TITLES = [
  'source:',
  'served',
  'of what it allows',
  'refused',
  'refused after 1 s',
  'receives each',
];

export const SAID =
  `A source that allows ${ALLOWED} reads a second and five at once, and says when to come again, read for ${SECONDS} s by four environments ` +
  'of 50 reads. More requests wait than it allows. Played on a virtual clock, with the limiter of the reader itself.';

export function figuresOf({ option, served, refused, receivesEach }: PlayedWay): string[] {
  const done = total(served);
  return [
    option,
    formatCount(done),
    `${((100 * done) / (ALLOWED * SECONDS)).toFixed(0)} %`,
    formatCount(total(refused)),
    formatCount(total(refused.slice(1))),
    receivesEach.toFixed(1),
  ];
}

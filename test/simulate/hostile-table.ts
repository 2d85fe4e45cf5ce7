/** Prints the table of decision 0016: node test/simulate/hostile-table.ts */
import type { ReadingKind } from '../../simulate/oracle/reference.ts';
import { type Course, guilty, playHostile } from './hostile-play.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const HOSTILE: readonly [string, readonly ReadingKind[]][] = [
  ['end their process', ['kills']],
  ['never end', ['loops', 'blocks']],
  ['end it, or never end', ['kills', 'loops', 'blocks']],
  ['take the function along', ['hoards']],
];
const VISIBILITY_SECONDS = [210, 45, 35];

function seconds(courses: readonly Course[], of: (course: Course) => number): string {
  const sorted = courses.map(of).sort((a, b) => a - b);
  const [median = 0, most = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `${Math.round(median / 1000)} (${Math.round(most / 1000)})`;
}

function most(courses: readonly Course[], of: (course: Course) => number): number {
  return Math.max(...courses.map(of));
}

console.log(
  '| 22 computes that | visibility s | innocents s | guilty s | deliveries of innocents | of guilty |',
);
console.log('|---|---|---|---|---|---|');
for (const [what, kinds] of HOSTILE) {
  for (const visibilityTimeoutSeconds of VISIBILITY_SECONDS) {
    const courses: Course[] = [];
    for (const seed of SEEDS)
      courses.push(await playHostile(seed, guilty(22, ...kinds), { readings: { visibilityTimeoutSeconds } }));
    console.log(
      `| ${what} | ${visibilityTimeoutSeconds} | ${seconds(courses, ({ innocentsMs }) => innocentsMs)} | ` +
        `${seconds(courses, ({ guiltyMs }) => guiltyMs)} | ${most(courses, (each) => each.innocentDeliveries)} | ` +
        `${most(courses, (each) => each.guiltyDeliveries)} |`,
    );
  }
}

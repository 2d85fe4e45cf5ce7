/**
 * A failing seed in a few lines: the broken invariant, the story of the request concerned, and the command
 * that repeats it.
 */
import type { Run } from './run-seed.ts';
import { storyOf } from './story.ts';

const VIOLATIONS_SHOWN = 5;

/** The run must have kept its trace. */
export function explain(run: Run): string {
  const [first] = run.violations;
  const lines = [
    `seed ${run.seed} fails:`,
    ...run.violations.slice(0, VIOLATIONS_SHOWN).map(({ invariant, text }) => `  ${invariant}: ${text}`),
  ];
  if (run.violations.length > VIOLATIONS_SHOWN) {
    lines.push(`  and ${run.violations.length - VIOLATIONS_SHOWN} more`);
  }
  if (first !== undefined) lines.push('its story:', ...storyOf(first, run.events));
  lines.push(`again: npm run simulate -- --seed ${run.seed} --trace`);
  return lines.join('\n');
}

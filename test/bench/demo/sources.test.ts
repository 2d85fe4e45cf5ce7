import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { figuresOf } from '../../../bench/demo/sources/figures.ts';
import { renderSourcesPage } from '../../../bench/demo/sources/page.ts';
import { ALLOWED, type PlayedWay, playSources, SECONDS, total } from '../../../bench/demo/sources/play.ts';

let ways: readonly PlayedWay[];
beforeAll(async () => {
  ways = await playSources(1);
});

describe('the demo of a source that allows 20 reads a second', () => {
  test('is refused more than a hundred times by 200 reads at once, hardly by a limit, and found by the adaptive one', () => {
    const [fixed, byHand, adaptive] = ways.map(({ served, refused }) => ({
      served: total(served),
      refused: total(refused),
    }));
    const allowed = ALLOWED * SECONDS;
    expect(fixed?.refused).toBeGreaterThan(100);
    expect(fixed?.served).toBeLessThan(allowed / 2);
    expect(byHand?.refused).toBeLessThanOrEqual(allowed / 100);
    expect(byHand?.served).toBeGreaterThan(allowed * 0.95);
    expect(adaptive?.refused).toBeLessThan(40);
    expect(adaptive?.served).toBeGreaterThan(allowed * 0.8);
  });

  test('is drawn by the second, with every read that was served or refused', () => {
    const page = renderSourcesPage(ways);
    for (const { served, refused } of ways) {
      expect(page).toContain(`${total(served).toLocaleString('en-US')} served, ${total(refused)} refused`);
    }
    expect(page.match(/<svg /g)).toHaveLength(ways.length);
  });

  test('has the figures that docs/sources.md quotes', () => {
    const docs = readFileSync('docs/sources.md', 'utf8');
    for (const way of ways) {
      const [option, ...figures] = figuresOf(way);
      expect(docs).toContain(`| \`${option}\` | ${figures.join(' | ')} |`);
    }
  });
});

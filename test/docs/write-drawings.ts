/** `npm run docs`: writes the drawings of docs/images whose shapes are code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawExactlyOnce } from './draw-exactly-once.ts';
import { drawFlow } from './draw-flow.ts';

const IMAGES = join(import.meta.dirname, '../../docs/images');

export const DRAWINGS: Readonly<Record<string, () => string>> = {
  'flow.svg': drawFlow,
  'exactly-once.svg': drawExactlyOnce,
};

if (import.meta.main) {
  for (const [name, draw] of Object.entries(DRAWINGS)) writeFileSync(join(IMAGES, name), draw());
}

/**
 * Plain JavaScript that every Node version can run. A clone contains the sources, the package the output of
 * `npm run build`.
 */
import { existsSync } from 'node:fs';

export const IS_CLONE = existsSync(new URL('./weir.ts', import.meta.url));

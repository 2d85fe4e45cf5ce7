/** Plain JavaScript, for every Node there is. A clone has the sources, the package what `npm run build` made of them. */
import { existsSync } from 'node:fs';

export const IS_CLONE = existsSync(new URL('./weir.ts', import.meta.url));

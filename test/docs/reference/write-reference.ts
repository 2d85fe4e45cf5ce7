/** `npm run docs`: writes the reference pages that are generated from the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../markdown.ts';
import { commandsPage } from './commands-page.ts';
import { errorsPage } from './errors-page.ts';
import { messagesPage } from './messages-page.ts';
import { metricsPage } from './metrics-page.ts';
import { optionsPage } from './options-page.ts';

export const REFERENCE: Readonly<Record<string, () => string | Promise<string>>> = {
  'commands.md': commandsPage,
  'errors.md': errorsPage,
  'messages.md': messagesPage,
  'metrics.md': metricsPage,
  'options.md': optionsPage,
};

if (import.meta.main) {
  for (const [name, page] of Object.entries(REFERENCE)) writeFileSync(join(ROOT, 'docs', name), await page());
}

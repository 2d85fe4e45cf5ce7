/** The life of an account as a page: docs/life.md. */
import type { Told } from './play-life.ts';

export const HEAD = `# The life of an account

Made by \`npm run demo -- life --page docs/life.md\`; a test plays it again and compares. The pipelines are
[account-1.ts](../bench/demo/life/account-1.ts), [account-2.ts](../bench/demo/life/account-2.ts) and, as a shadow,
[account-next.ts](../bench/demo/life/account-next.ts).

`;

export function renderLife(told: readonly Told[]): string {
  return told.map((one) => ('says' in one ? `${one.says}\n` : renderCommand(one))).join('\n');
}

function renderCommand({ command, printed, status }: Exclude<Told, { readonly says: string }>): string {
  const lines = printed.replace(/[ \t]+$/gm, '').trimEnd();
  const exit = status === 0 || status === null ? [] : [`(exit status ${status})`];
  return ['```text', `$ weir ${command}`, ...(lines === '' ? [] : [lines]), ...exit, '```', ''].join('\n');
}

/** Options of an operator's word to a key: how long to wait for it, and its id. */
import { defined } from '../../functions/defined.ts';
import { countOption } from '../terminal/options.ts';

export const SAY_OPTIONS = {
  id: { type: 'string' },
  'no-wait': { type: 'boolean', default: false },
  wait: { type: 'string' },
} as const;

export const SAY_HELP = `  --id ID            a command that is sent twice under one id has its effect once (default: a random id, which is shown)
  --no-wait          do not wait for the effect
  --wait SECONDS     wait at most this long (default 60)`;

export function sayOptions(values: {
  readonly id?: string | undefined;
  readonly 'no-wait': boolean;
  readonly wait?: string | undefined;
}): { readonly waitMs: number; readonly id?: string } {
  const waitSeconds = countOption('wait', values.wait, 1, 3600) ?? 60;
  return {
    waitMs: values['no-wait'] ? 0 : waitSeconds * 1000,
    ...defined({ id: values.id }),
  };
}

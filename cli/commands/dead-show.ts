/** `weir dead show`: one dead letter, with its content on request. */
import { formatCount, formatCountOf } from '../../local/report/units.ts';
import { OperatorError } from '../../model/operator-error.ts';
import { type DeadOptions, listDead } from '../../operate/dead.ts';
import { contentOf } from '../../operate/dead-content.ts';
import type { DeadLetter } from '../../operate/dead-letter.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { asStored, printJson, printPairs, printValue, quote, styled } from '../terminal/print.ts';
import { ageOf } from './dead-list.ts';

export async function show(
  deployment: Deployment,
  id: string,
  options: DeadOptions,
  { json, body: withBody }: { readonly json: boolean; readonly body: boolean },
): Promise<number> {
  const letter = await findDead(deployment, id, options);
  const { body, ...brief } = letter;
  const { title, text } = contentOf(letter);
  if (json) {
    printJson(withBody ? { ...brief, content: parsed(text), body } : brief);
    return 0;
  }
  printPairs([...pairsOf(letter), ...(withBody ? [] : [sizeOf(letter, text)])]);
  if (!withBody) return 0;
  console.log(styled('dim', `  ${title}`));
  printValue(parsed(text));
  return 0;
}

/** The only letter whose id begins with the given text. */
export async function findDead(
  deployment: Deployment,
  id: string,
  options: DeadOptions,
): Promise<DeadLetter> {
  const letters = await listDead(deployment, { ...options, limit: 10_000 });
  const fitting = letters.filter((letter) => id !== '' && letter.id.startsWith(id));
  const [letter] = fitting;
  if (letter !== undefined && fitting.length === 1) return letter;
  throw new OperatorError(
    fitting.length > 1
      ? `${quote(id)} fits ${fitting.length} dead letters: give more of the id`
      : `there is no dead letter ${quote(id)} among the ${letters.length} that can be seen; "weir dead list" lists them`,
  );
}

function pairsOf(letter: DeadLetter): [string, string][] {
  const { place, stage, reason, attempts, request, editedFrom, key, holds, partial, sentAt } = letter;
  const held = formatCountOf(holds, place.slice(0, -1));
  return [
    ['id', letter.id],
    ['from', place],
    ['stage', stage],
    ['reason', reason],
    ['attempts', attempts === 0 ? 'not known' : formatCount(attempts)],
    ...optional('request', request),
    ...optional('edited from', editedFrom),
    ...optional('key', key),
    [
      'holds',
      partial === undefined ? held : `${held}, merged to a partial (state version ${partial.stateVersion})`,
    ],
    ...optional(
      'sent',
      sentAt === undefined ? undefined : `${new Date(sentAt).toISOString()}, ${ageOf(sentAt)} ago`,
    ),
  ];
}

function optional(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

/** The body is printed only on request, because it may be confidential. */
function sizeOf({ id }: DeadLetter, text: string): [string, string] {
  const bytes = formatCountOf(Buffer.byteLength(text), 'byte');
  return ['body', `${bytes}, not shown: it may be confidential. "weir dead show ${id} --body" prints it`];
}

function parsed(text: string): unknown {
  try {
    return asStored(text);
  } catch {
    return text;
  }
}

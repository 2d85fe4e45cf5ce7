/** docs/errors.md: the errors that a user or an operator can see, and what to do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADVICE } from '../../../cli/terminal/explain-error.ts';
import { ROOT } from '../markdown.ts';
import { type Advice, type AdviceGroup, GROUPS } from './error-advice.ts';
import { GENERATED, table } from './tables.ts';
import { sentencesThrown } from './thrown-sentences.ts';

export function errorsPage(): string {
  const sentences = sentencesThrown();
  return [
    '# Errors, and what to do next',
    '',
    `${GENERATED} "…" stands for a value. Weir’s own errors never hold a value of a request, a reading or a state; ` +
      'the message of an error that your code throws is shown as it is.',
    '',
    'To redrive: `weir dead redrive ID` or `weir dead redrive --all`. It never applies anything twice.',
    '',
    ...GROUPS.flatMap((group) => [...section(group, sentences), '']),
    ...terminal(),
    '',
  ].join('\n');
}

function section({ title, introduction, rows }: AdviceGroup, sentences: readonly string[]): string[] {
  const lines = rows.map((row) => [`\`${sentenceOf(row, sentences)}\``, row.todo]);
  return [`## ${title}`, '', introduction, '', table(['it says', 'what to do'], lines)];
}

/** The one sentence of the code that the advice is for. */
export function sentenceOf({ says, file }: Advice, sentences: readonly string[]): string {
  if (file !== undefined) return sentenceIn(file, says);
  const fitting = sentences.filter((sentence) => sentence.includes(says));
  const [sentence] = fitting;
  if (sentence !== undefined && fitting.length === 1) return sentence;
  throw new Error(`${fitting.length} errors of functions/ say "${says}"; there has to be one`);
}

function sentenceIn(file: string, sentence: string): string {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const missing = sentence.split('…').find((piece) => !source.includes(piece));
  if (missing === undefined) return sentence;
  throw new Error(`${file} does not say "${missing}" any more`);
}

/** Sentences of the code for which there is no advice. */
export function withoutAdvice(sentences: readonly string[]): string[] {
  const advice = GROUPS.flatMap(({ rows }) => rows);
  return sentences.filter((sentence) => !advice.some(({ says }) => sentence.includes(says)));
}

const STATUSES = [
  ['0', 'Done, and nothing needs a look.'],
  ['1', 'It failed, or is not complete. The last line says why.'],
  ['2', 'The command was called wrongly. The line names the option and what it takes.'],
  ['3', 'Done, and there is something to look at: dead letters, stopped keys, findings, differences.'],
  ['4', '`weir run` counted nothing: `read` returned no readings, or `compute` skipped all of them.'],
  ['130', 'You pressed Ctrl-C.'],
  ['141', 'The program that read the output closed it (`weir keys | head`).'],
] as const;

function terminal(): string[] {
  const rows = ADVICE.map(([pattern, advice]) => [`\`${wordsOf(pattern)}\``, advice]);
  return [
    '## At the terminal',
    '',
    'A command ends with one of these exit statuses. `weir help COMMAND` says which ones it has.',
    '',
    table(['status', 'meaning'], STATUSES),
    '',
    'Weir’s own errors name the value and the way out. When AWS, Node or the system reports the error, Weir adds a line:',
    '',
    table(['the error contains', 'Weir adds'], rows),
  ];
}

function wordsOf(pattern: RegExp): string {
  return pattern.source.replace(/\\b|\^/g, '').replaceAll('|', ', ');
}

/** docs/options.md: the options and limits of a pipeline, with the comments of their source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultLimits } from '../../../functions/limits.ts';
import { ROOT } from '../markdown.ts';
import { GENERATED, table } from './tables.ts';

export function optionsPage(): string {
  const definition = readFileSync(join(ROOT, 'functions/definition.ts'), 'utf8');
  const contexts = readFileSync(join(ROOT, 'functions/contexts.ts'), 'utf8');
  const source = readFileSync(join(ROOT, 'functions/source.ts'), 'utf8');
  const backfill = readFileSync(join(ROOT, 'functions/backfill.ts'), 'utf8');
  const limits = propertiesIn(readFileSync(join(ROOT, 'functions/limits.ts'), 'utf8'), 'Limits');
  const defaults: Readonly<Record<string, number>> = { ...defaultLimits };
  const optionsOf = (text: string, name: string) =>
    table(
      ['option', 'needed', 'what it is'],
      propertiesIn(text, name).map((each) => [`\`${each.name}\``, each.optional ? '' : 'yes', each.words]),
    );
  return [
    '# Options and limits of a pipeline',
    '',
    `${GENERATED} The types are in [functions/definition.ts](../functions/definition.ts) and [functions/contexts.ts](../functions/contexts.ts).`,
    '',
    '## Options',
    '',
    optionsOf(definition, 'DefinitionOfAnyOrder'),
    '',
    "In order of arrival (`order: 'arrival'`, the default):",
    '',
    optionsOf(definition, 'ArrivalOrder'),
    '',
    "In the order of the requests (`order: 'request'`):",
    '',
    optionsOf(definition, 'RequestOrder'),
    '',
    'If the states of a key can be joined ([merge](merge.md)), instead of `write` and `wake`:',
    '',
    table(
      ['option', 'what it is'],
      propertiesIn(definition, 'Mergeable').map((each) => [`\`${each.name}\``, each.words]),
    ),
    '',
    '## What read, compute and write get',
    '',
    ...['ReadContext', 'ComputeContext', 'Delivery', 'WriteContext'].flatMap((name) => [
      `\`${name}\`:`,
      '',
      table(
        ['property', 'what it is'],
        propertiesIn(contexts, name).map((each) => [`\`${each.name}\``, each.words]),
      ),
      '',
    ]),
    '## Source',
    '',
    'Limits for each source of the reads ([sources](sources.md)):',
    '',
    optionsOf(source, 'SourceOptions'),
    '',
    optionsOf(source, 'SourceLimits'),
    '',
    '## Backfill',
    '',
    'A second lane for requests of an older time ([sources](sources.md#a-backfill-beside-live-requests)):',
    '',
    optionsOf(backfill, 'BackfillOptions'),
    '',
    '## Limits',
    '',
    '`limits: { memoryMb: 512 }` changes one. [limits.md](limits.md) lists the fixed limits.',
    '',
    table(
      ['limit', 'default', 'what it is'],
      limits.map(({ name, words }) => [`\`${name}\``, (defaults[name] ?? 0).toLocaleString('en-US'), words]),
    ),
    '',
  ].join('\n');
}

interface Property {
  readonly name: string;
  readonly optional: boolean;
  readonly words: string;
}

/** Of an interface in a source file: its properties, and the comments before them. */
export function propertiesIn(source: string, interfaceName: string): Property[] {
  const [, body = ''] =
    new RegExp(`interface ${interfaceName}\\b[^{]*\\{\\n(.*?)^\\}`, 'ms').exec(source) ?? [];
  return [...matchesByLine(body)];
}

function* matchesByLine(body: string): Generator<Property> {
  let comment: string[] | undefined;
  let words = '';
  for (const line of body.split('\n')) {
    if (/^ {2}\/\*\*/.test(line)) comment = [];
    if (comment !== undefined) {
      comment.push(line.replace(/^\s*(?:\/\*\*|\*\/|\*)?\s?/, '').replace(/\s*\*\/$/, ''));
      if (!line.includes('*/')) continue;
      words = comment.join(' ').replace(/\s+/g, ' ').trim();
      comment = undefined;
      continue;
    }
    const [, name, optional, type = ''] = /^ {2}readonly (\w+)(\??): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && !type.startsWith('never')) yield { name, optional: optional === '?', words };
    if (/^ {2}\S/.test(line)) words = '';
  }
}

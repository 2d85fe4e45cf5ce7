/** docs/commands.md: the help of every command, as the command prints it. */
import { COMMANDS } from '../../../cli/command-table.ts';
import { GENERATED, table } from './tables.ts';

export async function commandsPage(): Promise<string> {
  const rows = Object.entries(COMMANDS).map(([name, { summary, group = 'operate' }]) => [
    `[\`weir ${name}\`](#weir-${name})`,
    group,
    summary,
  ]);
  const sections: string[] = [];
  for (const name of Object.keys(COMMANDS)) {
    sections.push(`## weir ${name}`, '', '```text', await helpTextOf(name), '```', '');
  }
  return [
    '# Commands',
    '',
    `${GENERATED} In a project run them as \`npx weir COMMAND\`.`,
    '',
    table(['command', 'group', 'what it does'], rows),
    '',
    ...sections,
  ].join('\n');
}

/** What `weir help NAME` prints. */
async function helpTextOf(name: string): Promise<string> {
  const command = await COMMANDS[name]?.load();
  const lines: string[] = [];
  const { log } = console;
  console.log = (text: string) => lines.push(text);
  try {
    await command?.run(['--help'], COMMANDS);
  } finally {
    console.log = log;
  }
  return lines.join('\n');
}

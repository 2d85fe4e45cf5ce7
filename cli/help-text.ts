/** The lists of commands: the short one for beginners, and the full one. */
import type { CommandGroup, Commands } from './command.ts';

/** The output of `weir` alone. */
export function beginning(program: string, commands: Commands): string {
  const first = rowsOf(commands, 'begin');
  if (first.length === 0) return helpOf(program, commands);
  return [
    `${program} COMMAND [options]`,
    '',
    'Begin with:',
    ...first,
    '',
    `${program} help          all commands`,
    `${program} help COMMAND  what a command does, its options and examples`,
  ].join('\n');
}

export function helpOf(program: string, commands: Commands): string {
  const first = [...rowsOf(commands, 'begin'), ...rowsOf(commands, 'build')];
  const rest = rowsOf(commands, 'operate');
  return [
    `${program} COMMAND [options]`,
    '',
    ...(first.length === 0 ? rest : ['Build a pipeline:', ...first, '', 'Operate it:', ...rest]),
    '',
    `${program} help COMMAND says what a command does, with its options. ${program} --version prints the version.`,
  ].join('\n');
}

function rowsOf(commands: Commands, wanted: CommandGroup): string[] {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2;
  return Object.entries(commands).flatMap(([name, { summary, group = 'operate' }]) =>
    group === wanted ? [`  ${name.padEnd(width)}${summary}`] : [],
  );
}

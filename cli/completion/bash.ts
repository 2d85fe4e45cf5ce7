/** The completion script for bash. Without a matching word, readline completes file names. */
import type { CommandWords } from './command-words.ts';

export function bashCompletion(known: readonly CommandWords[]): string {
  const commands = known.map(({ command }) => command).join(' ');
  return `# Completion of weir for bash: eval "$(npx weir completion bash)"
_weir() {
  local at=1 command actions='' options='' valued=''
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ \${COMP_WORDS[0]} == npx ]]; then
    at=2
    if (( COMP_CWORD == 1 )); then COMPREPLY=($(compgen -W weir -- "$current")); return; fi
    [[ \${COMP_WORDS[1]} == weir ]] || return
  fi
  if (( COMP_CWORD == at )); then
    COMPREPLY=($(compgen -W "${commands} help --version" -- "$current"))
    return
  fi
  command=\${COMP_WORDS[at]}
  case $command in
    help) actions='${commands}' ;;
${known.map(branch).join('\n')}
  esac
  [[ " $valued " == *" $previous "* ]] && return
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif (( COMP_CWORD == at + 1 )); then
    COMPREPLY=($(compgen -W "$actions" -- "$current"))
  fi
}
complete -o default -F _weir weir
complete -p npx > /dev/null 2>&1 || complete -o default -F _weir npx`;
}

function branch({ command, actions, options, valued }: CommandWords): string {
  return `    ${command}) actions='${actions.join(' ')}' options='${options.join(' ')}' valued='${valued.join(' ')}' ;;`;
}

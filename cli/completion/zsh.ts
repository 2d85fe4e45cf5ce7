/** The completion script for zsh. Without a matching word, it completes file names. */
import type { CommandWords } from './command-words.ts';

export function zshCompletion(known: readonly CommandWords[]): string {
  const commands = known.map(({ command }) => command).join(' ');
  return `#compdef weir
# Completion of weir for zsh: eval "$(npx weir completion zsh)"
_weir() {
  local at=2 current=\${words[CURRENT]} previous=\${words[CURRENT-1]}
  local -a actions options valued
  if [[ \${words[1]} == npx ]]; then
    at=3
    if (( CURRENT == 2 )); then compadd -- weir; _files; return; fi
    if [[ \${words[2]} != weir ]]; then _files; return; fi
  fi
  if (( CURRENT == at )); then
    compadd -- ${commands} help --version
    return
  fi
  case \${words[at]} in
    help) actions=(${commands}) ;;
${known.map(branch).join('\n')}
  esac
  if (( \${valued[(Ie)$previous]} )); then
    _files
  elif [[ $current == -* ]]; then
    compadd -- $options
  elif (( CURRENT == at + 1 && $#actions > 0 )); then
    compadd -- $actions
  else
    _files
  fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _weir weir
(( $+_comps[npx] )) || compdef _weir npx`;
}

function branch({ command, actions, options, valued }: CommandWords): string {
  return `    ${command}) actions=(${actions.join(' ')}) options=(${options.join(' ')}) valued=(${valued.join(' ')}) ;;`;
}

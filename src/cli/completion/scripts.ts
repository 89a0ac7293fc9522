/**
 * The scripts that join a shell to `infer-plan __complete WORDS…`, which prints one candidate a line for the last word.
 * The line `:file` asks the shell to complete a file. A candidate that ends in `=` or `:` goes on without a space.
 */
import { InputError } from '../../errors.js';

/**
 * bash breaks words at `=` and `:` and replaces what comes after; so words are split anew here, and candidates cut to
 * that part.
 */
const BASH = `# bash completion for infer-plan
_infer_plan() {
  local words=() last prefix candidate
  COMPREPLY=()
  if [[ -n $COMP_LINE ]]; then
    local line=\${COMP_LINE:0:COMP_POINT}
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
  else
    words=("\${COMP_WORDS[@]:0:COMP_CWORD+1}")
  fi
  last=\${words[\${#words[@]}-1]}
  prefix=\${last%"\${last##*[=:]}"}
  while IFS= read -r candidate; do
    if [[ $candidate == :file ]]; then
      compopt -o filenames 2> /dev/null
      while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "\${last#"$prefix"}")
    else
      [[ $candidate == *[=:] ]] && compopt -o nospace 2> /dev/null
      COMPREPLY+=("\${candidate#"$prefix"}")
    fi
  done < <("\${words[0]}" __complete "\${words[@]:1}" 2> /dev/null)
}
complete -F _infer_plan infer-plan
`;

const ZSH = `#compdef infer-plan
_infer_plan() {
  local -a candidates
  local candidate
  candidates=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2> /dev/null)}")
  for candidate in $candidates; do
    case $candidate in
      :file) _files ;;
      *[=:]) compadd -S '' -- $candidate ;;
      *) compadd -- $candidate ;;
    esac
  done
}
if [[ $funcstack[1] == _infer_plan ]]; then
  _infer_plan "$@"
else
  compdef _infer_plan infer-plan
fi
`;

const FISH = `# fish completion for infer-plan
function __infer_plan_complete
  set -l words (commandline -opc) (commandline -ct)
  for candidate in (command $words[1] __complete $words[2..-1] 2> /dev/null)
    if test "$candidate" = :file
      __fish_complete_path (commandline -ct)
    else
      echo $candidate
    end
  end
end
complete -c infer-plan -f -a '(__infer_plan_complete)'
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** @throws InputError for a shell that has no script */
export function scriptFor(shell: string): string {
  const script = SCRIPTS[shell];
  if (script !== undefined) return script;
  throw new InputError('SHELL', `completion: ${shell}, must be one of ${Object.keys(SCRIPTS).join(', ')}`);
}
